package io.flosse.benchmarks.peers;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The fan-out of a broadcast, the same for all peers: one publisher, and whoever subscribed. */
final class Hub {

    private static final List<Consumer<String>> SUBSCRIBERS = new CopyOnWriteArrayList<>();

    private Hub() {}

    static void subscribe(Consumer<String> subscriber) {
        SUBSCRIBERS.add(subscriber);
    }

    static void leave(Consumer<String> subscriber) {
        SUBSCRIBERS.remove(subscriber);
    }

    /** Publishes in a thread of its own, at a fixed rate; where it falls behind, without a pause. */
    static void publish(int count, long everyMicros) {
        Thread.ofPlatform().name("publisher").start(() -> {
            long due = System.nanoTime();
            for (int i = 0; i < count; i++) {
                String text = Texts.published();
                SUBSCRIBERS.forEach(subscriber -> subscriber.accept(text));
                due += everyMicros * 1000;
                while (due - System.nanoTime() > 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            }
        });
    }
}
