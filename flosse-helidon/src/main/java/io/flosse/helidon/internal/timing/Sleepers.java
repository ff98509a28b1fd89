package io.flosse.helidon.internal.timing;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Who sleeps by the clock of a server. A wake-up costs the system more than the write that follows, so where sleeps come
 * thick, those whose time comes within a few milliseconds are woken together. Otherwise each sleeps by itself.
 *
 * <p>Sleepers may be pinned to all processors that virtual threads have. So nobody waits for anything under the lock of the
 * slots, and a platform thread looks for those who are late.
 */
public final class Sleepers implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** For the thread that is to wake others, but may get no processor. */
    private static final long PATIENCE = 100_000_000; // ns

    /** How long the waker stays when nobody sleeps, and the longest between two looks: who slept long may have left. */
    private static final long LINGER = 1_000_000_000; // ns

    // Guarded by the slots, as they are themselves.
    private final SleepSlots<Sleeper> slots = new SleepSlots<>();
    private @Nullable Thread waker;

    /** When the waker looks next, in {@link System#nanoTime()}, if nobody asks it to. */
    private long nextLook;

    private boolean lingering;

    private final SleepRate rate = new SleepRate();
    private volatile boolean closed;

    /** Sleeps at least so long, and mostly longer by no more than a 64th, and 17 ms at most. */
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
        // What is left for who sleeps by himself, or when the clock has stopped.
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

    /** Whatever goes wrong, as where memory is short, all who sleep rely on the next look. */
    private long carefulLook() {
        try {
            return look();
        } catch (RuntimeException | Error failed) {
            LOGGER.log(Level.ERROR, "Could not wake who sleeps, and tries again", failed);
            return PATIENCE;
        }
    }

    /** Has those woken whose time has come, and tells when to look again, in ns from now; 0 if never. */
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
            // A virtual thread wakes others at the least cost.
            Thread.startVirtualThread(() -> wakeDue(lot));
        }
        return Math.max(1, next - now);
    }

    private static boolean isLate(long due, long now) {
        return due <= now - PATIENCE;
    }

    /** Called with the lock. */
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

    /** Whether they are woken together. */
    boolean isBusy() {
        return rate.grid() != null;
    }

    /** How many wait to be woken together with others. */
    public int size() {
        synchronized (slots) {
            return slots.all().size();
        }
    }

    /** The server has stopped. Who still sleeps, or will, goes on by the clock of the system. */
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
