package io.flosse.helidon.internal.timing;

import java.lang.System.Logger;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The sleeps of all streams of a server. Threads whose sleeps end within the same 2 ms are woken together, because a
 * wake-up costs more than the write that follows it.
 *
 * <p>Sleeping threads may be pinned to all carrier threads. So the timer's thread waits for no lock, and the platform thread
 * of the timer wakes the threads that no virtual thread has woken in time.
 */
public final class CoalescingTimer implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** The time between two wake-ups, in ns: a coalesced sleep lasts up to this much longer than requested. */
    static final long INTERVAL = 2_000_000;

    /** The shortest and the longest sleep to coalesce, in ns. A delay of 2 ms matters to a shorter one. */
    static final long SHORTEST = 64 * INTERVAL, LONGEST = 60_000_000_000L;

    /** The maximum wait for the virtual thread that wakes others, in ns; after it, the timer's thread wakes them. */
    private static final long PATIENCE = 100_000_000;

    private final ConcurrentNavigableMap<Long, Bucket> buckets = new ConcurrentSkipListMap<>();

    private final Thread thread =
            Thread.ofPlatform().daemon().name("flosse-sleep-timer").unstarted(this::run);

    /** When the timer's thread wakes up by itself, in {@link System#nanoTime()}. */
    private volatile long nextWakeUp = Long.MAX_VALUE;

    private volatile boolean closed;

    /** The threads to wake at one time. */
    private static final class Bucket {
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private volatile boolean woken, allUnparked;

        void wake() {
            woken = true;
            threads.forEach(LockSupport::unpark);
            allUnparked = true;
        }
    }

    /**
     * Sleeps until the given time in {@link System#nanoTime()}, and up to 2 ms longer.
     *
     * @param ended returns whether the sleep is over early; checked whenever the current thread is unparked
     */
    public void sleepUntil(long time, BooleanSupplier ended) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long nanos = time - System.nanoTime();
        if (nanos >= SHORTEST && nanos <= LONGEST) {
            sleepInBucket(time + INTERVAL - Math.floorMod(time, INTERVAL), ended);
        }
        // The rest of a sleep that is not coalesced, or that continues after close().
        long remaining = time - System.nanoTime();
        while (remaining > 0 && !ended.getAsBoolean()) {
            LockSupport.parkNanos(this, remaining);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            remaining = time - System.nanoTime();
        }
    }

    private void sleepInBucket(long due, BooleanSupplier ended) throws InterruptedException {
        Bucket bucket = buckets.computeIfAbsent(due, key -> new Bucket());
        bucket.threads.add(Thread.currentThread());
        try {
            if (due < nextWakeUp) {
                wakeTimer();
            }
            while (!bucket.woken && !closed && !ended.getAsBoolean()) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            bucket.threads.remove(Thread.currentThread());
        }
    }

    private synchronized void wakeTimer() {
        if (thread.getState() == Thread.State.NEW) {
            thread.start();
        }
        LockSupport.unpark(thread);
    }

    private void run() {
        Queue<Map.Entry<Long, Bucket>> waking = new ArrayDeque<>();
        while (!closed) {
            try {
                LockSupport.parkNanos(this, wakeDue(waking));
            } catch (RuntimeException | Error failed) {
                LOGGER.log(Logger.Level.ERROR, "Failed to wake sleeping streams; retrying in 100 ms", failed);
                LockSupport.parkNanos(this, PATIENCE);
            }
        }
    }

    /**
     * Starts to wake the threads that are due.
     *
     * @param waking the buckets that virtual threads are waking
     * @return the time until the next call in ns
     */
    private long wakeDue(Queue<Map.Entry<Long, Bucket>> waking) {
        nextWakeUp = Long.MAX_VALUE; // from here on, a sleep in a new first bucket unparks this thread
        long now = System.nanoTime();
        for (var bucket = waking.peek(); bucket != null && isOver(bucket, now); bucket = waking.peek()) {
            bucket.getValue().wake();
            waking.remove();
        }
        var next = buckets.firstEntry();
        for (; next != null && next.getKey() <= now; next = buckets.firstEntry()) {
            waking.add(next);
            buckets.remove(next.getKey());
            Thread.startVirtualThread(next.getValue()::wake); // a virtual thread unparks others most cheaply
        }
        nextWakeUp = next == null ? Long.MAX_VALUE : next.getKey();
        return Math.min(nextWakeUp - now, waking.isEmpty() ? Long.MAX_VALUE : PATIENCE);
    }

    private static boolean isOver(Map.Entry<Long, Bucket> bucket, long now) {
        return bucket.getValue().allUnparked || now - bucket.getKey() > PATIENCE;
    }

    /** Returns the number of threads in coalesced sleeps. */
    public int size() {
        return buckets.values().stream()
                .mapToInt(bucket -> bucket.threads.size())
                .sum();
    }

    /** Stops coalescing when the server has stopped. Each current and later sleep is then timed by itself. */
    @Override
    public void close() {
        closed = true;
        buckets.values().forEach(Bucket::wake);
        LockSupport.unpark(thread);
    }
}
