package io.flosse.benchmarks.peers;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The fan-out of a broadcast from one publisher to all subscribers, the same for all peers. */
final class Hub {

    private static final List<Consumer<String>> SUBSCRIBERS = new CopyOnWriteArrayList<>();

    private Hub() {}

    static void subscribe(Consumer<String> subscriber) {
        SUBSCRIBERS.add(subscriber);
    }

    static void unsubscribe(Consumer<String> subscriber) {
        SUBSCRIBERS.remove(subscriber);
    }

    /**
     * Publishes events at a fixed rate on a separate thread. If the thread falls behind, it publishes without a pause.
     *
     * @param count the number of events
     * @param intervalMicros the interval in microseconds
     */
    static void publish(int count, long intervalMicros) {
        Thread.ofPlatform().name("publisher").start(() -> {
            long due = System.nanoTime();
            for (int i = 0; i < count; i++) {
                String text = EventData.published();
                SUBSCRIBERS.forEach(subscriber -> subscriber.accept(text));
                due += intervalMicros * 1000;
                while (due - System.nanoTime() > 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            }
        });
    }
}
