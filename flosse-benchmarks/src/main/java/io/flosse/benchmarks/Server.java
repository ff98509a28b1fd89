package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The server process of one peer. Prints its port to the standard output. It ends when its standard input is closed, as
 * when the process that started it ends.
 */
final class Server {

    private static final Logger ROOT = Logger.getLogger("");

    private Server() {}

    /** Runs with the arguments label of the peer and {@code tls} or {@code plain}. */
    static void run(String... args) throws Exception {
        ROOT.setLevel(Level.SEVERE);
        System.out.println(Peer.create(args[0]).start(args[1].equals("tls")));
        System.out.flush();
        while (System.in.read() >= 0) {
            // Waits for the end of the input only.
        }
        Runtime.getRuntime().halt(0);
    }
}
