package io.flosse.internal.channel.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Latency and memory of many subscribers, and the isolation of a blocked one. The test prints its measurements; its bounds are
 * wide.
 */
class FanoutLoadTest {

    private static final int SUBSCRIBERS = 1000;
    private static final int EVENTS = 200;

    /** A subscriber with its own thread that measures the latency of each event. */
    private static final class Meter {

        private final Subscription subscription;
        private final long[] latencies = new long[EVENTS];
        private final Thread thread;

        Meter(Channel channel, CountDownLatch done) {
            subscription = channel.subscribe();
            thread = Thread.ofVirtual().start(() -> {
                int count = 0;
                for (SseEvent event : subscription) {
                    latencies[count++] = System.nanoTime() - Long.parseLong((String) event.data());
                    if (count == EVENTS) {
                        break;
                    }
                }
                done.countDown();
            });
        }
    }

    private static long median(List<Meter> meters) {
        long[] all = meters.stream()
                .flatMapToLong(meter -> Arrays.stream(meter.latencies))
                .sorted()
                .toArray();
        return all[all.length / 2];
    }

    /** Returns the latencies of all subscribers except one, which blocks if {@code stuck} is set. */
    private static List<Meter> run(Channel channel, boolean stuck) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(SUBSCRIBERS - 1);
        List<Meter> meters = new ArrayList<>();
        for (int i = 0; i < SUBSCRIBERS - 1; i++) {
            meters.add(new Meter(channel, done));
        }
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger cleanup = new AtomicInteger();
        try (Subscription last = channel.withBuffer(16).subscribe()) {
            Thread reader = Thread.ofVirtual().start(() -> {
                for (SseEvent unused : last) {
                    if (cleanup.incrementAndGet() == 1 && stuck) {
                        awaitQuietly(release);
                        break;
                    }
                }
            });
            for (int i = 0; i < EVENTS; i++) {
                channel.publish(SseEvent.of(Long.toString(System.nanoTime())));
                Thread.sleep(2);
            }
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            if (stuck) {
                assertThat(cleanup).hasValue(1);
            }
            release.countDown();
            last.close();
            reader.join();
        }
        meters.forEach(meter -> meter.subscription.close());
        for (Meter meter : meters) {
            meter.thread.join();
        }
        return meters;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void oneBlockedSubscriberOfAThousandDelaysNoOther() throws InterruptedException {
        Channels registry = Channels.inMemory();
        run(registry.channel("warm-up"), false);
        long alone = median(run(registry.channel("without"), false));
        long beside = median(run(registry.channel("with"), true));
        double ratio = (double) beside / alone;
        System.out.printf(
                Locale.ROOT,
                "%d subscribers, median latency %d us, beside a stuck one %d us: ratio %.2f%n",
                SUBSCRIBERS,
                alone / 1000,
                beside / 1000,
                ratio);
        // A subscriber that waited for the blocked one would wait forever; the factor allows for a noisy machine.
        assertThat(ratio).isLessThan(10);
    }

    @Test
    void memoryDependsOnHistoryAndNotOnSubscribers() throws InterruptedException {
        int subscribers = 10_000;
        int historyBytes = 4 * 1024 * 1024;
        Channel channel = Channels.builder()
                .historyEvents(100_000)
                .historyBytes(historyBytes)
                .build()
                .channel("full");
        List<Subscription> open = new ArrayList<>();
        long before = used();
        for (int i = 0; i < subscribers; i++) {
            open.add(channel.withOverflow(Channel.Overflow.DROP_OLDEST).subscribe());
        }
        long idle = used();
        String text = "x".repeat(200);
        // Ten times the capacity of the history, without a reader.
        for (int i = 0; i < 10 * historyBytes / 200; i++) {
            channel.publish(SseEvent.of(text));
        }
        long full = used();
        System.out.printf(
                Locale.ROOT,
                "%d subscribers: %d bytes each; a history of %d KiB of frames, none read: %d KiB%n",
                subscribers,
                (idle - before) / subscribers,
                historyBytes / 1024,
                (full - idle) / 1024);
        assertThat(full - idle).isLessThan(5L * historyBytes);
        assertThat((idle - before) / subscribers).isLessThan(2048);
        assertThat(open)
                .allMatch(
                        subscription -> ((String) subscription.iterator().next().data()).contains("missed"));
        open.forEach(Subscription::close);
        assertThat(channel.subscribers()).isZero();
    }

    private static long used() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(Duration.ofMillis(50)); // time for the garbage collector; the smallest of five values counts
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}
