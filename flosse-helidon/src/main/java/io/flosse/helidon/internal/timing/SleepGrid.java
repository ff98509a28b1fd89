package io.flosse.helidon.internal.timing;

import org.jspecify.annotations.Nullable;

/**
 * The wake-up times and bucket capacity of a coalescing timer. The more sleeps start per second, the shorter the
 * interval between two wake-up times.
 *
 * @param step the interval between two wake-up times in ns; a power of two, so that the times of a longer interval are
 *     also times of a shorter one
 * @param room the capacity of a bucket: the number of threads to wake at one time; exceeded only if all buckets are
 *     full
 */
record SleepGrid(long step, int room) {

    private static final long FINEST = 1 << 20;
    private static final long COARSEST = 1 << 22;

    /**
     * The desired number of threads in a bucket. It is small, because threads woken together contend when they write.
     */
    private static final int TOGETHER = 4;

    /** The fraction of its duration by which a sleep may be extended: one 64th. */
    private static final int LATE = 64;

    /** The maximum extension of a sleep in ns. */
    private static final long LATEST = 1 << 24;

    /**
     * Returns the grid for a rate of sleeps.
     *
     * @param interval the average time between the starts of two sleeps, in ns
     * @return the grid; null if sleeps start too rarely for a bucket to hold several threads
     */
    static @Nullable SleepGrid of(long interval) {
        long enough = TOGETHER * interval;
        if (enough > COARSEST) {
            return null;
        }
        long step = Math.clamp(Long.highestOneBit(2 * enough - 1), FINEST, COARSEST);
        // 25 % above the average, so that most sleeps fit into their first bucket.
        return new SleepGrid(step, (int) Math.ceilDiv(5 * step, 4 * interval));
    }

    /** Returns the first wake-up time after the end of a sleep, both in {@link System#nanoTime()}. */
    long first(long end) {
        return end + step - Math.floorMod(end, step);
    }

    /**
     * Returns the number of wake-up times that a sleep may use: 0 if the interval is too long for its duration; never
     * 1.
     */
    int choices(long nanos) {
        int choices = (int) (Math.min(nanos / LATE, LATEST) / step);
        return choices == 1 ? 0 : choices; // with a single choice a burst of sleeps could not be distributed
    }
}
