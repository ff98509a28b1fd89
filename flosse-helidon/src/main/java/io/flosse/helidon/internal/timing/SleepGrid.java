package io.flosse.helidon.internal.timing;

import org.jspecify.annotations.Nullable;

/**
 * The times at which many sleepers are woken together, and how many at each. The thicker sleeps come, the finer it is.
 *
 * @param step from one time to the next, in ns: a power of two, so that all grids meet
 * @param room how many are to be woken at once, unless there is no room elsewhere
 */
record SleepGrid(long step, int room) {

    private static final long FINEST = 1 << 20;
    private static final long COARSEST = 1 << 22;

    /** So many are to be woken at once where that is possible: they write at once, and wait for each other. */
    private static final int TOGETHER = 4;

    /** How much longer a sleep may take: a part of it, and at most so many ns. */
    private static final int LATE = 64;

    private static final long LATEST = 1 << 24;

    /** The grid for who sleeps so often, in ns from one to the next; null if that is so rare that nobody would meet. */
    static @Nullable SleepGrid of(long interval) {
        long enough = TOGETHER * interval;
        if (enough > COARSEST) {
            return null;
        }
        long step = Math.clamp(Long.highestOneBit(2 * enough - 1), FINEST, COARSEST);
        // A quarter more than would come if they came evenly, so that most find room at once.
        return new SleepGrid(step, (int) Math.ceilDiv(5 * step, 4 * interval));
    }

    /** The first time of the grid that is after the end of a sleep, both in {@link System#nanoTime()}. */
    long first(long end) {
        return end + step - Math.floorMod(end, step);
    }

    /** Among how many times of the grid a sleep of so many ns may choose: 0 if a step is long for it, and never one. */
    int choices(long nanos) {
        int choices = (int) (Math.min(nanos / LATE, LATEST) / step);
        return choices == 1 ? 0 : choices; // a crowd could not part
    }
}
