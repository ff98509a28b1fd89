package io.flosse.benchmarks.peers;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** The streams of the peers with a blocking API: the events of each path. */
final class BlockingStreams {

    /** The output of a blocking peer. */
    interface Emitter {

        void text(String data) throws Exception;

        default void json(Map<String, ?> data) throws Exception {
            throw new UnsupportedOperationException("This peer is not compared with JSON; override json to compare it");
        }

        default void sleep(int millis) throws Exception {
            Thread.sleep(millis);
        }
    }

    private static final String VALUE = "v".repeat(31) + "~";

    private BlockingStreams() {}

    /**
     * Emits the events of a path until its stream ends.
     *
     * @param path the path of the request; see {@link Peer}
     * @param n the query parameter {@code n}; 0 if there is none
     * @param out the output
     * @throws Exception if the client has disconnected
     */
    static void run(String path, int n, Emitter out) throws Exception {
        switch (path) {
            case "/burst" -> {
                for (int i = 0; i < n; i++) {
                    out.text(EventData.burst(i));
                }
            }
            case "/json" -> {
                for (int i = 0; i < n; i++) {
                    out.json(Map.of("i", i, "v", VALUE));
                }
            }
            case "/ticker" -> {
                while (true) {
                    out.text(EventData.now());
                    out.sleep(n);
                }
            }
            case "/idle" -> {
                out.text("~");
                Thread.sleep(Long.MAX_VALUE);
            }
            case "/broadcast" -> broadcast(out);
            case "/one" -> out.text("~");
            default -> throw new IllegalArgumentException("No stream has the path " + path);
        }
    }

    private static void broadcast(Emitter out) throws Exception {
        BlockingQueue<String> queue = new LinkedBlockingQueue<>();
        Consumer<String> subscriber = queue::add;
        Hub.subscribe(subscriber);
        try {
            out.text("~");
            while (true) {
                out.text(queue.take());
            }
        } finally {
            Hub.unsubscribe(subscriber);
        }
    }
}
