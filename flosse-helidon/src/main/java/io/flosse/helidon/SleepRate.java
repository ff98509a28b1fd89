package io.flosse.helidon;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** How thick sleeps come, and so at which times those who sleep are woken together. */
final class SleepRate {

    // So many sleeps in at least so many ns tell.
    private static final int COUNTED = 64;
    private static final long WINDOW = 100_000_000;

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicLong windowBegan = new AtomicLong(System.nanoTime());
    private volatile @Nullable SleepGrid grid;

    /** A sleep begins, in {@link System#nanoTime()}. */
    void count(long now) {
        long began = windowBegan.get();
        int count = begun.incrementAndGet();
        if (count % COUNTED == 0 && now - began >= WINDOW && windowBegan.compareAndSet(began, now)) {
            begun.set(0);
            grid = SleepGrid.of((now - began) / count);
        }
    }

    /** Null where sleeps are so rare that nobody would meet. */
    @Nullable
    SleepGrid grid() {
        return grid;
    }
}
