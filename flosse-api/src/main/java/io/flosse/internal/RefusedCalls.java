package io.flosse.internal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Slows down user code that keeps calling after its stream, job or subscription has ended. Code that swallows the
 * exception and calls again would occupy a whole processor. So after the first few refused calls, a thread's calls are
 * delayed at growing intervals, and one warning names the code.
 */
public final class RefusedCalls {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** Number of refused calls per thread that are not delayed: {@code finally} blocks may yield too. */
    private static final int MAX_UNDELAYED = 8;

    /** Maximum number of threads with their own count; further threads share one count. */
    private static final int MAX_TRACKED_THREADS = 1_000;

    /** The key of the shared count. Thread ids start at 1. */
    private static final Long SHARED_KEY = 0L;

    private static final long FIRST_INTERVAL = 1_000_000; // ns
    private static final long MAX_INTERVAL = 1_000_000_000; // ns

    private final Supplier<String> caller;
    private final Warnings warnings;

    /** By thread id; null if empty. Reads are unsynchronized; writes and the content are guarded by this. */
    private volatile @Nullable Map<Long, Refusals> byThread;

    /**
     * Creates an object without refused calls.
     *
     * @param caller names the calling code, as in {@code The generator of /sse/ticks}
     * @param warnings the callers already named in the log
     */
    public RefusedCalls(Supplier<String> caller, Warnings warnings) {
        this.caller = caller;
        this.warnings = warnings;
    }

    /**
     * Creates a separate count for the same caller.
     *
     * @return an object without refused calls
     */
    public RefusedCalls ofSameCaller() {
        return new RefusedCalls(caller, warnings);
    }

    /**
     * Counts a refused call. Call it before throwing the exception, without holding a lock. It waits for up to 1 s if
     * the current thread was refused often. An interrupt does not end the wait; the interrupt flag stays set.
     */
    public void refused() {
        long wait = recordRefusal(Thread.currentThread().threadId());
        if (wait >= 0) {
            if (warnings.isNew(caller.get())) {
                LOGGER.log(
                        Level.WARNING,
                        caller.get()
                                + " goes on after its stream, job or channel has ended or its thread was interrupted:"
                                + " the same thread was refused " + (MAX_UNDELAYED + 1) + " times."
                                + " From now on its calls wait, up to 1 s each."
                                + " Let StreamEndedException pass: do not catch Exception inside the loop");
            }
            sleep(wait);
        }
    }

    /** Resets the count of the current thread, whose call was not refused. */
    public void accepted() {
        if (byThread != null) {
            reset(Thread.currentThread().threadId());
        }
    }

    private synchronized void reset(long threadId) {
        Map<Long, Refusals> refusals = byThread;
        if (refusals != null) {
            refusals.remove(threadId);
            byThread = refusals.isEmpty() ? null : refusals;
        }
    }

    /** Counts a refused call and returns the wait in ns; negative if the thread has been refused only a few times. */
    private synchronized long recordRefusal(long threadId) {
        Map<Long, Refusals> refusals = byThread;
        if (refusals == null) {
            refusals = new HashMap<>();
            byThread = refusals;
        }
        Long key = refusals.size() < MAX_TRACKED_THREADS || refusals.containsKey(threadId)
                ? Long.valueOf(threadId)
                : SHARED_KEY;
        return refusals.computeIfAbsent(key, id -> new Refusals()).nextWait(System.nanoTime());
    }

    private static void sleep(long nanos) {
        boolean interrupted = Thread.interrupted(); // a set flag would end each sleep immediately
        long end = System.nanoTime() + nanos;
        for (long remaining = nanos; remaining > 0; remaining = end - System.nanoTime()) {
            try {
                Thread.sleep(Duration.ofNanos(remaining));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The refused calls of one thread. */
    private static final class Refusals {

        private int refusedCount;
        private long interval = FIRST_INTERVAL;
        private long lastCall;

        long nextWait(long now) {
            if (refusedCount < MAX_UNDELAYED) {
                refusedCount++;
                lastCall = now;
                return -1;
            }
            long wait = Math.clamp(lastCall + interval - now, 0, MAX_INTERVAL);
            interval = Math.min(2 * interval, MAX_INTERVAL);
            lastCall = now + wait;
            return wait;
        }
    }

    /** The callers named in warnings. Each caller is named once, and the number of callers is limited. */
    public static final class Warnings {

        private final int max;

        /** Guarded by this. */
        private final Set<String> named = new HashSet<>(2);

        /**
         * Creates an empty set of callers.
         *
         * @param max the maximum number of callers to name; their names may depend on client input
         */
        public Warnings(int max) {
            this.max = max;
        }

        private synchronized boolean isNew(String caller) {
            return named.size() < max && named.add(caller);
        }
    }
}
