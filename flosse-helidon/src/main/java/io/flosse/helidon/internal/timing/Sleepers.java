package io.flosse.helidon.internal.timing;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The coalescing timer of a server. A wake-up costs more than the write that follows it. So if many threads sleep,
 * those due within a few milliseconds of each other are woken together. Otherwise each thread sleeps on its own.
 *
 * <p>Sleeping threads may be pinned to all carrier threads. So no thread blocks while it holds the lock of the slots,
 * and a platform thread wakes the threads that are overdue.
 */
public final class Sleepers implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** The maximum wait for the virtual thread that wakes others; after it, the platform thread wakes them. */
    private static final long PATIENCE = 100_000_000; // ns

    /**
     * The time after which the waker thread ends if no thread sleeps. Also the maximum time between two checks, because
     * threads with a long sleep may have been interrupted.
     */
    private static final long LINGER = 1_000_000_000; // ns

    // The slots, and the fields up to lingering, are guarded by the slots.
    private final SleepSlots<Sleeper> slots = new SleepSlots<>();
    private @Nullable Thread waker;

    /** The next check of the waker, in {@link System#nanoTime()}, unless it is unparked earlier. */
    private long nextLook;

    /** Whether no thread slept at the last check. */
    private boolean lingering;

    private final SleepRate rate = new SleepRate();
    private volatile boolean closed;

    /** Sleeps at least that long, and usually at most one 64th longer, but no more than 17 ms longer. */
    public void sleep(long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long now = System.nanoTime();
        long end = now + nanos;
        rate.count(now);
        SleepGrid current = rate.grid();
        if (current != null && current.choices(nanos) > 0 && !closed) {
            awaitWakeUp(current, end, current.choices(nanos));
        }
        // The rest of a sleep that is not coalesced, or that continues after close().
        long left = end - System.nanoTime();
        if (left > 0) {
            Thread.sleep(Duration.ofNanos(left));
        }
    }

    private void awaitWakeUp(SleepGrid current, long end, int choices) throws InterruptedException {
        Sleeper sleeper = new Sleeper(Thread.currentThread());
        try {
            add(sleeper, current, end, choices);
            while (!sleeper.woken && !closed) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            if (!sleeper.woken) {
                remove(sleeper);
            }
        }
    }

    private void add(Sleeper sleeper, SleepGrid current, long end, int choices) {
        synchronized (slots) {
            sleeper.due = slots.choose(current, end, choices);
            slots.add(sleeper, sleeper.due);
            if (waker == null) {
                waker = Thread.ofPlatform().daemon().name("flosse-waker").start(this::watch);
            } else if (sleeper.due - nextLook < 0) {
                nextLook = sleeper.due;
                LockSupport.unpark(waker);
            }
        }
    }

    private void remove(Sleeper sleeper) {
        synchronized (slots) {
            slots.remove(sleeper, sleeper.due);
        }
    }

    private void watch() {
        for (long wait = carefulLook(); wait > 0; wait = carefulLook()) {
            LockSupport.parkNanos(this, wait);
        }
    }

    /**
     * Runs a check, and survives its failures, such as a lack of memory: all sleeping threads depend on the next check.
     */
    private long carefulLook() {
        try {
            return look();
        } catch (RuntimeException | Error failed) {
            LOGGER.log(Level.ERROR, "Failed to wake sleeping streams; retrying in 100 ms", failed);
            return PATIENCE;
        }
    }

    /** Starts waking the due threads, and returns the time until the next check in ns; 0 if the waker is to end. */
    private long look() {
        long now = System.nanoTime();
        long first;
        long next;
        int lot;
        synchronized (slots) {
            nextLook = now + LINGER;
            if (slots.isEmpty()) {
                return linger();
            }
            lingering = false;
            first = slots.first();
            lot = slots.lot(now, room());
            next = Math.min(nextLook, slots.next(now, lot, nextLook));
            if (first <= now && !isLate(first, now)) {
                next = Math.min(next, first + PATIENCE);
            }
            nextLook = next;
        }
        if (isLate(first, now)) {
            wakeDue(lot);
        } else if (first <= now) {
            // Unparking virtual threads is cheapest from a virtual thread.
            Thread.startVirtualThread(() -> wakeDue(lot));
        }
        return Math.max(1, next - now);
    }

    private static boolean isLate(long due, long now) {
        return due <= now - PATIENCE;
    }

    /**
     * Returns the time until the next check if no thread sleeps; 0 if the waker is to end. Called with the lock held.
     */
    private long linger() {
        if (lingering || closed) {
            lingering = false;
            waker = null;
            return 0;
        }
        lingering = true;
        return LINGER;
    }

    private int room() {
        SleepGrid current = rate.grid();
        return current == null ? Integer.MAX_VALUE : current.room();
    }

    private void wakeDue(int lot) {
        List<Sleeper> due;
        synchronized (slots) {
            due = slots.takeDue(System.nanoTime(), lot);
        }
        due.forEach(Sleeper::wake);
    }

    /** Returns whether sleeps are coalesced. */
    boolean isBusy() {
        return rate.grid() != null;
    }

    /** Returns the number of threads in coalesced sleeps. */
    public int size() {
        synchronized (slots) {
            return slots.all().size();
        }
    }

    /** Stops coalescing when the server has stopped. Current and later sleeps are completed by {@link Thread#sleep}. */
    @Override
    public void close() {
        closed = true;
        synchronized (slots) {
            slots.all().forEach(sleeper -> LockSupport.unpark(sleeper.thread));
            LockSupport.unpark(waker);
        }
    }

    private static final class Sleeper {
        private final Thread thread;
        private volatile boolean woken;

        /** The wake-up time in {@link System#nanoTime()}. */
        private long due;

        Sleeper(Thread thread) {
            this.thread = thread;
        }

        void wake() {
            woken = true;
            LockSupport.unpark(thread);
        }
    }
}
