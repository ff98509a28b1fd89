package io.flosse.helidon.internal.timing;

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

    /** Whether they came rarely last: once alone may have been a pause of the machine. */
    private volatile boolean rare;

    /** A sleep begins, in {@link System#nanoTime()}. */
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

    /** Null where sleeps are so rare, twice in succession, that nobody would meet. */
    @Nullable
    SleepGrid grid() {
        return grid;
    }
}
