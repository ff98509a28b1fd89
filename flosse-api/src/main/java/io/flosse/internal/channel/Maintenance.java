package io.flosse.internal.channel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Runs the periodic maintenance of a registry on one virtual thread, which exists only while there is work. */
final class Maintenance {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final Duration interval;
    private final BooleanSupplier task;

    /**
     * Whether a run was requested since the last one started. Set under this, cleared by the thread, read without a
     * lock.
     */
    private volatile boolean requested;

    // Guarded by this.
    private @Nullable Thread thread;
    private boolean closed;

    /**
     * Creates the maintenance without starting it.
     *
     * @param task one run; returns false if no further run is needed
     */
    Maintenance(Duration interval, BooleanSupplier task) {
        this.interval = interval;
        this.task = task;
    }

    /** Requests a run. Cheap if one was requested already. */
    void start() {
        if (!requested) {
            startThread();
        }
    }

    private synchronized void startThread() {
        requested = true;
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("flosse-channels").start(this::run);
        }
    }

    private void run() {
        boolean continueRunning = true;
        while (continueRunning) {
            try {
                Thread.sleep(interval);
            } catch (InterruptedException closing) {
                return;
            }
            requested = false;
            boolean moreWork = runTask();
            synchronized (this) {
                continueRunning = !closed && (moreWork || requested);
                if (!continueRunning) {
                    thread = null;
                }
            }
        }
    }

    private boolean runTask() {
        try {
            return task.getAsBoolean();
        } catch (RuntimeException e) {
            LOGGER.log(Level.DEBUG, "The maintenance of the channels failed; the next run is in " + interval, e);
            return true;
        } catch (Throwable e) {
            // A bug or an error of the JVM must not stop the maintenance.
            LOGGER.log(Level.WARNING, "The maintenance of the channels failed; the next run is in " + interval, e);
            return true;
        }
    }

    synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
