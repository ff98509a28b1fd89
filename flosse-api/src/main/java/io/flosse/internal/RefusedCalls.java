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
 * The calls that were refused because their stream, job or subscription has ended. User code that swallows the exception
 * and calls again would take a whole processor. So after the first few refusals of a thread its calls are let go one by
 * one, at growing intervals, and one warning names the code.
 */
public final class RefusedCalls {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** Refusals of one thread that are not delayed: {@code finally} blocks may yield too. */
    private static final int UNDELAYED = 8;

    /** Threads that are counted one by one; further ones share a count. */
    private static final int TRACKED_THREADS = 1_000;

    /** The key of the threads that share a count. The ids of threads begin at 1. */
    private static final Long SHARED = 0L;

    private static final long FIRST_INTERVAL = 1_000_000; // ns
    private static final long LONGEST_INTERVAL = 1_000_000_000; // ns

    private final Supplier<String> caller;
    private final Warnings warnings;

    /** By the id of the thread; null if there are none. Written, and its content guarded, by this. */
    private volatile @Nullable Map<Long, Refusals> byThread;

    /**
     * No refused calls so far.
     *
     * @param caller names the code that calls, as in {@code The generator of /sse/ticks}
     * @param warnings who has been named already
     */
    public RefusedCalls(Supplier<String> caller, Warnings warnings) {
        this.caller = caller;
        this.warnings = warnings;
    }

    /**
     * Counts for something else of the same caller.
     *
     * @return no refused calls so far
     */
    public RefusedCalls ofSameCaller() {
        return new RefusedCalls(caller, warnings);
    }

    /**
     * To be called before the exception is thrown, without any lock. Waits for up to 1 s if the current thread was refused
     * often. An interrupt does not end the wait, and stays set.
     */
    public void refused() {
        long wait = count(Thread.currentThread().threadId());
        if (wait >= 0) {
            if (warnings.isNew(caller.get())) {
                LOGGER.log(
                        Level.WARNING,
                        caller.get()
                                + " goes on after its stream, job or channel has ended or its thread was interrupted:"
                                + " the same thread was refused " + (UNDELAYED + 1) + " times."
                                + " From now on its calls wait, up to 1 s each."
                                + " Let StreamEndedException pass: do not catch Exception inside the loop");
            }
            sleep(wait);
        }
    }

    /** The current thread was not refused, so its count begins anew. */
    public void accepted() {
        if (byThread != null) {
            forget(Thread.currentThread().threadId());
        }
    }

    private synchronized void forget(long thread) {
        Map<Long, Refusals> all = byThread;
        if (all != null) {
            all.remove(thread);
            byThread = all.isEmpty() ? null : all;
        }
    }

    /** How long to wait in ns; negative if the thread was refused a few times only. */
    private synchronized long count(long thread) {
        Map<Long, Refusals> all = byThread;
        if (all == null) {
            all = new HashMap<>();
            byThread = all;
        }
        Long key = all.size() < TRACKED_THREADS || all.containsKey(thread) ? Long.valueOf(thread) : SHARED;
        return all.computeIfAbsent(key, made -> new Refusals()).next(System.nanoTime());
    }

    private static void sleep(long nanos) {
        boolean interrupted = Thread.interrupted(); // a set flag would end each wait at once
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            try {
                Thread.sleep(Duration.ofNanos(left));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Those of one thread. */
    private static final class Refusals {

        private int count;
        private long interval = FIRST_INTERVAL;
        private long last;

        long next(long now) {
            if (count < UNDELAYED) {
                count++;
                last = now;
                return -1;
            }
            long wait = Math.clamp(last + interval - now, 0, LONGEST_INTERVAL);
            interval = Math.min(2 * interval, LONGEST_INTERVAL);
            last = now + wait;
            return wait;
        }
    }

    /** Who was warned of. Each caller is named once, and not more than a number of them are. */
    public static final class Warnings {

        private final int max;

        /** Guarded by this. */
        private final Set<String> named = new HashSet<>(2);

        /**
         * Nobody was warned of so far.
         *
         * @param max how many callers are named at most: their names may depend on what a client asks for
         */
        public Warnings(int max) {
            this.max = max;
        }

        private synchronized boolean isNew(String caller) {
            return named.size() < max && named.add(caller);
        }
    }
}
