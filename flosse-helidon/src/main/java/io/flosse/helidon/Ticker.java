package io.flosse.helidon;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The one clock of all streams of a server. What runs on its thread decides and never blocks; what may block, it starts on
 * a virtual thread.
 */
final class Ticker implements AutoCloseable {

    private final ScheduledThreadPoolExecutor clock;

    Ticker() {
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
    Future<?> after(long nanos, Runnable decision) {
        return clock.schedule(decision, nanos, TimeUnit.NANOSECONDS);
    }

    /** Runs an action on a virtual thread of its own after a delay. */
    void start(long nanos, Runnable action) {
        Future<?> unused = after(nanos, () -> Thread.startVirtualThread(action));
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
