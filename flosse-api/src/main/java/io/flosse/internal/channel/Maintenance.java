package io.flosse.internal.channel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Does the rounds of a family on one virtual thread, which is there only while there is something to look after. */
final class Maintenance {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final Duration interval;
    private final BooleanSupplier round;

    /** Whether somebody wants another round than the one that may be under way; set under this, read by anybody. */
    private volatile boolean wanted;

    // Guarded by this.
    private @Nullable Thread thread;
    private boolean closed;

    /**
     * A janitor who has not started.
     *
     * @param round one round; false if there is nothing more to look after
     */
    Maintenance(Duration interval, BooleanSupplier round) {
        this.interval = interval;
        this.round = round;
    }

    /** Makes sure that rounds are done. Costs next to nothing while they are. */
    void start() {
        if (!wanted) {
            startNow();
        }
    }

    private synchronized void startNow() {
        wanted = true;
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("flosse-channels").start(this::run);
        }
    }

    private void run() {
        boolean more = true;
        while (more) {
            try {
                Thread.sleep(interval);
            } catch (InterruptedException closing) {
                return;
            }
            wanted = false;
            boolean left = doRound();
            synchronized (this) {
                more = !closed && (left || wanted);
                if (!more) {
                    thread = null;
                }
            }
        }
    }

    private boolean doRound() {
        try {
            return round.getAsBoolean();
        } catch (RuntimeException e) {
            LOGGER.log(Level.DEBUG, "A round over the channels failed; the next one is in " + interval, e);
            return true;
        } catch (Throwable e) {
            // A bug, or an error of the JVM, but one that must not be the last round.
            LOGGER.log(Level.WARNING, "A round over the channels failed; the next one is in " + interval, e);
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
