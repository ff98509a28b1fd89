package io.flosse.helidon.internal.timing;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The one clock of all streams of a server. What runs on its thread decides and never blocks; what may block, it starts on
 * a virtual thread.
 */
public final class Scheduler implements AutoCloseable {

    private final ScheduledThreadPoolExecutor clock;
    private final Queue<Runnable> flushes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean flushesScheduled = new AtomicBoolean();

    public Scheduler() {
        clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("flosse-ticker").factory());
        clock.setRemoveOnCancelPolicy(true);
        // A stopped server's streams may still be ending.
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        // The thread goes when there is nothing to wait for.
        clock.setKeepAliveTime(1, TimeUnit.SECONDS);
        clock.allowCoreThreadTimeOut(true);
    }

    /** Runs a decision, which must not block, after a delay; it can be cancelled. */
    public Future<?> after(long nanos, Runnable decision) {
        return clock.schedule(decision, nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Runs a flush on a virtual thread, within a delay that is the same for all callers. One thread and one entry of the
     * clock serve all that are due, since in a broadcast each of thousands of streams may have gathered an event or two.
     */
    public void flushSoon(long nanos, Runnable flush) {
        flushes.add(flush);
        scheduleFlushes(nanos);
    }

    private void scheduleFlushes(long nanos) {
        if (flushesScheduled.compareAndSet(false, true)) {
            Future<?> unused = after(nanos, () -> {
                flushesScheduled.set(false);
                if (!flushes.isEmpty()) {
                    Thread.startVirtualThread(() -> runFlushes(nanos));
                }
            });
        }
    }

    private void runFlushes(long nanos) {
        for (Runnable flush = flushes.poll(); flush != null; flush = flushes.poll()) {
            if (!flushes.isEmpty()) {
                // Should a slow client hold this thread up, the next one takes over what waits behind it.
                scheduleFlushes(nanos);
            }
            try {
                flush.run();
            } finally {
                Thread.interrupted(); // meant for a write of that stream, which is over
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
