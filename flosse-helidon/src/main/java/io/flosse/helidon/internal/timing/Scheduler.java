package io.flosse.helidon.internal.timing;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The scheduler for the timers of all streams of a server. It has a single thread, so its tasks must not block;
 * blocking work runs on virtual threads.
 */
public final class Scheduler implements AutoCloseable {

    private final ScheduledThreadPoolExecutor executor;
    private final Queue<Runnable> flushes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean flushesScheduled = new AtomicBoolean();

    public Scheduler() {
        executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("flosse-ticker").factory());
        executor.setRemoveOnCancelPolicy(true);
        // Streams that end after the server has stopped may still schedule tasks.
        executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        // The thread ends when there are no tasks.
        executor.setKeepAliveTime(1, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
    }

    /** Runs a task, which must not block, after a delay. The returned future cancels it. */
    public Future<?> after(long nanos, Runnable task) {
        return executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Runs a flush on a virtual thread after a delay, which must be the same for all callers. All pending flushes share
     * one thread and one scheduled task, because in a broadcast thousands of streams may each have buffered only one or
     * two events.
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
                // If a slow client blocks this thread, another thread runs the remaining flushes.
                scheduleFlushes(nanos);
            }
            try {
                flush.run();
            } finally {
                Thread.interrupted(); // an interrupt of this flush must not reach the next one
            }
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
