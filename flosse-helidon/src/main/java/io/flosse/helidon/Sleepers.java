package io.flosse.helidon;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Who sleeps by the clock of a server. A wake-up costs the system more than the write that follows, so where sleeps come
 * thick, all whose time comes in the same one to four milliseconds are woken together. Otherwise each sleeps by itself.
 *
 * <p>Sleepers may be pinned to all processors that virtual threads have. So nobody waits for anything under the lock of the
 * slots, and a platform thread looks for those who are late.
 */
final class Sleepers implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    // Powers of two, so that all grids meet. In ns.
    private static final long FINEST = 1 << 20;
    private static final long COARSEST = 1 << 22;

    /** So many sleeps in a row tell how thick they come. */
    private static final int WINDOW = 64;

    /** As many are to be woken together, or half as many where they are rarer: they write at once, and wait for each other. */
    private static final int TOGETHER = 8;

    /** How much longer a sleep may take, as a part of it. */
    private static final int LATE = 64;

    /** For the thread that is to wake others, but may get no processor. */
    private static final long PATIENCE = 100_000_000; // ns

    /** How long the waker stays when nobody sleeps, and the longest between two looks: who slept long may have left. */
    private static final long LINGER = 1_000_000_000; // ns

    // Guarded by the map.

    /** By the time when they are woken, in {@link System#nanoTime()}. */
    private final NavigableMap<Long, Set<Sleeper>> slots = new TreeMap<>();

    private @Nullable Thread waker;
    private boolean lingering;

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicLong windowBegan = new AtomicLong(System.nanoTime());
    private volatile long grid;
    private volatile boolean closed;

    /** Sleeps at least so long, and mostly longer by no more than a 64th and 4 ms. */
    void sleep(long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long now = System.nanoTime();
        long end = now + nanos;
        count(now);
        long step = grid;
        if (step > 0 && nanos / LATE >= step && !closed) {
            awaitWakeUp(end + step - Math.floorMod(end, step));
        }
        // What is left for who sleeps by himself, or when the clock has stopped.
        long left = end - System.nanoTime();
        if (left > 0) {
            Thread.sleep(Duration.ofNanos(left));
        }
    }

    private void count(long now) {
        if (begun.incrementAndGet() % WINDOW == 0) {
            long enough = (now - windowBegan.getAndSet(now)) / (WINDOW / TOGETHER);
            grid = enough > 2 * COARSEST ? 0 : Math.clamp(Long.highestOneBit(2 * enough - 1), FINEST, COARSEST);
        }
    }

    private void awaitWakeUp(long due) throws InterruptedException {
        Sleeper sleeper = new Sleeper(Thread.currentThread());
        try {
            add(due, sleeper);
            while (!sleeper.woken && !closed) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            if (!sleeper.woken) {
                remove(due, sleeper);
            }
        }
    }

    private void add(long due, Sleeper sleeper) {
        synchronized (slots) {
            boolean first = slots.isEmpty() || due < slots.firstKey();
            slots.computeIfAbsent(due, slot -> new HashSet<>()).add(sleeper);
            if (waker == null) {
                waker = Thread.ofPlatform().daemon().name("flosse-waker").start(this::watch);
            } else if (first) {
                LockSupport.unpark(waker);
            }
        }
    }

    private void remove(long due, Sleeper sleeper) {
        synchronized (slots) {
            slots.computeIfPresent(due, (key, slot) -> slot.remove(sleeper) && slot.isEmpty() ? null : slot);
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
        synchronized (slots) {
            if (slots.isEmpty()) {
                return linger();
            }
            lingering = false;
            first = slots.firstKey();
            Long ahead = slots.higherKey(now);
            next = ahead == null ? now + PATIENCE : ahead;
        }
        if (first <= now - PATIENCE) {
            wakeDue();
        } else if (first <= now) {
            // A virtual thread wakes others at the least cost.
            Thread.startVirtualThread(this::wakeDue);
            next = Math.min(next, first + PATIENCE);
        }
        return Math.clamp(next - now, 1, LINGER);
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

    private void wakeDue() {
        List<Set<Sleeper>> woken;
        synchronized (slots) {
            Collection<Set<Sleeper>> due =
                    slots.headMap(System.nanoTime(), true).values();
            woken = List.copyOf(due);
            due.clear();
        }
        woken.forEach(slot -> slot.forEach(Sleeper::wake));
    }

    /** Whether they are woken together. */
    boolean isBusy() {
        return grid > 0;
    }

    /** How many wait to be woken together with others. */
    int size() {
        synchronized (slots) {
            return slots.values().stream().mapToInt(Set::size).sum();
        }
    }

    /** The server has stopped. Who still sleeps, or will, goes on by the clock of the system. */
    @Override
    public void close() {
        closed = true;
        synchronized (slots) {
            slots.values().forEach(slot -> slot.forEach(sleeper -> LockSupport.unpark(sleeper.thread)));
            LockSupport.unpark(waker);
        }
    }

    private static final class Sleeper {
        private final Thread thread;
        private volatile boolean woken;

        Sleeper(Thread thread) {
            this.thread = thread;
        }

        void wake() {
            woken = true;
            LockSupport.unpark(thread);
        }
    }
}
