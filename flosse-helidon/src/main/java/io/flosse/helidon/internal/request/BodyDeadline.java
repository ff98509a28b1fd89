package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.timing.Scheduler;
import java.time.Duration;
import java.util.concurrent.Future;

/**
 * Ends the reading of a body that does not end: Helidon reads for as long as a client cares to send. The interrupt reaches
 * the current thread only while it reads.
 */
final class BodyDeadline {

    private final Thread reader = Thread.currentThread();
    private final Future<?> timer;

    // Guarded by this.
    private boolean reading = true;
    private boolean passed;

    BodyDeadline(Duration timeout, Scheduler scheduler) {
        timer = scheduler.after(timeout.toNanos(), this::pass);
    }

    private synchronized void pass() {
        if (reading) {
            passed = true;
            reader.interrupt();
        }
    }

    /** The reading is over. Tells whether the deadline has ended it; the thread is no longer interrupted then. */
    synchronized boolean end() {
        if (reading) {
            reading = false;
            timer.cancel(false);
            if (passed) {
                Thread.interrupted();
            }
        }
        return passed;
    }
}
