package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.timing.Scheduler;
import java.time.Duration;
import java.util.concurrent.Future;

/**
 * The deadline for reading a request body. Helidon itself waits without a limit for a client to send the body.
 *
 * <p>At the deadline, the thread that created this object is interrupted, but only while it still reads.
 */
final class BodyDeadline {

    private final Thread reader = Thread.currentThread();
    private final Future<?> timer;

    // Guarded by this.
    private boolean reading = true;
    private boolean expired;

    BodyDeadline(Duration timeout, Scheduler scheduler) {
        timer = scheduler.after(timeout.toNanos(), this::expire);
    }

    private synchronized void expire() {
        if (reading) {
            expired = true;
            reader.interrupt();
        }
    }

    /**
     * Ends the reading; called by the reading thread. If the deadline has interrupted that thread, its interrupt flag
     * is cleared.
     *
     * @return whether the deadline has interrupted the reading
     */
    synchronized boolean end() {
        if (reading) {
            reading = false;
            timer.cancel(false);
            if (expired) {
                Thread.interrupted();
            }
        }
        return expired;
    }
}
