package io.flosse.helidon.internal.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@link Scheduler}: every flush runs once, and a blocked flush does not delay others. */
class SchedulerTest {

    private static final long MILLISECOND = 1_000_000;

    private final Scheduler scheduler = new Scheduler();

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void everyConcurrentlyScheduledFlushRuns() throws InterruptedException {
        int streams = 1_000;
        CountDownLatch flushed = new CountDownLatch(2 * streams);
        for (int i = 0; i < 2; i++) {
            Thread.startVirtualThread(() -> {
                for (int stream = 0; stream < streams; stream++) {
                    scheduler.flushSoon(MILLISECOND, flushed::countDown);
                }
            });
        }
        assertThat(flushed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    /** Slow clients block only the threads that write to them. */
    @Test
    void blockedFlushesDoNotDelayOthers() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(3);
        CountDownLatch flushed = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            scheduler.flushSoon(MILLISECOND, () -> {
                stuck.countDown();
                awaitQuietly(release);
            });
            scheduler.flushSoon(MILLISECOND, flushed::countDown);
        }
        assertThat(stuck.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(flushed.await(20, TimeUnit.SECONDS)).isTrue();
        release.countDown();
    }

    /** The interrupt that ends the blocked write of one stream must not affect the next stream on the same thread. */
    @Test
    void interruptOfOneFlushDoesNotReachTheNext() throws InterruptedException {
        CountDownLatch flushed = new CountDownLatch(50);
        AtomicInteger interrupted = new AtomicInteger();
        for (int i = 0; i < 50; i++) {
            scheduler.flushSoon(MILLISECOND, () -> {
                if (Thread.currentThread().isInterrupted()) {
                    interrupted.incrementAndGet();
                }
                Thread.currentThread().interrupt();
                flushed.countDown();
            });
        }
        assertThat(flushed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted).hasValue(0);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
