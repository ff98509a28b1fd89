package io.flosse.helidon.internal.timing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Measures the rate at which sleeps start, and selects the {@link SleepGrid} for it. Thread-safe. */
final class SleepRate {

    // A measurement covers at least this number of sleeps and this time in ns.
    private static final int COUNTED = 64;
    private static final long WINDOW = 100_000_000;

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicLong windowBegan = new AtomicLong(System.nanoTime());
    private volatile @Nullable SleepGrid grid;

    /** Whether the rate was low in the last window. A single such window may be due to a pause of the machine. */
    private volatile boolean rare;

    /** Counts the start of a sleep, in {@link System#nanoTime()}. */
    void count(long now) {
        long began = windowBegan.get();
        int count = begun.incrementAndGet();
        if (count % COUNTED == 0 && now - began >= WINDOW && windowBegan.compareAndSet(began, now)) {
            begun.set(0);
            SleepGrid seen = SleepGrid.of((now - began) / count);
            if (seen != null || rare) {
                grid = seen;
            }
            rare = seen == null;
        }
    }

    /** Returns the grid; null before the first measurement, or after two successive windows with too low a rate. */
    @Nullable
    SleepGrid grid() {
        return grid;
    }
}
