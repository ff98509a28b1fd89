package io.flosse.benchmarks.peers;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** The streams of the peers that block: what each address emits. */
final class Loops {

    /** What a blocking peer emits into. */
    interface Emitter {

        void text(String data) throws Exception;

        default void json(Map<String, ?> data) throws Exception {
            throw new UnsupportedOperationException("Not compared with JSON");
        }

        default void sleep(int millis) throws Exception {
            Thread.sleep(millis);
        }
    }

    private static final String VALUE = "v".repeat(31) + "~";

    private Loops() {}

    static void run(String address, int n, Emitter out) throws Exception {
        switch (address) {
            case "/burst" -> {
                for (int i = 0; i < n; i++) {
                    out.text(Texts.burst(i));
                }
            }
            case "/json" -> {
                for (int i = 0; i < n; i++) {
                    out.json(Map.of("i", i, "v", VALUE));
                }
            }
            case "/ticker" -> {
                while (true) {
                    out.text(Texts.now());
                    out.sleep(n);
                }
            }
            case "/idle" -> {
                out.text("~");
                Thread.sleep(Long.MAX_VALUE);
            }
            case "/broadcast" -> broadcast(out);
            case "/one" -> out.text("~");
            default -> throw new IllegalArgumentException(address);
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
            Hub.leave(subscriber);
        }
    }
}
