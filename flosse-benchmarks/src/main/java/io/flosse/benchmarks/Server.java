package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The process of one peer. It ends with the process that started it, whose end closes its standard input. */
final class Server {

    private static final Logger ROOT = Logger.getLogger("");

    private Server() {}

    static void run(String... args) throws Exception {
        ROOT.setLevel(Level.SEVERE);
        System.out.println(Peer.named(args[0]).start(args[1].equals("tls")));
        System.out.flush();
        while (System.in.read() >= 0) {
            // Nothing is said to it.
        }
        Runtime.getRuntime().halt(0);
    }
}
