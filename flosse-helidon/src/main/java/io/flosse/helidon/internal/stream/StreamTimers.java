package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.helidon.internal.settings.StreamTimes;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.internal.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one stream: heartbeat, write timeout, maximum duration, expiry of the identity, and recheck of the
 * permissions. {@link #tick} runs on the scheduler's thread and starts what is due. Each action runs on a short-lived
 * virtual thread, at most one of each kind at a time.
 */
public final class StreamTimers {

    /** Minimum delay between two ticks, in nanoseconds; an action that is due may not be possible yet. */
    private static final long MIN_DELAY = 5_000_000;

    /** How often a blocked write is retried within one write timeout. */
    private static final int RETRIES_PER_TIMEOUT = 8;

    /**
     * Maximum interval of coalesced ticks, in nanoseconds: a tick, and so a heartbeat, is delayed by at most this time.
     */
    private static final long MAX_COALESCING_INTERVAL = 1L << 28;

    private final Scheduler scheduler;
    private final SseStream stream;
    private final StreamLifecycle lifecycle;
    private final StreamTimes times;
    private final BooleanSupplier stillPermitted;
    private final long deadline;
    private final EndCause deadlineCause;
    private final AtomicBoolean endRunning = new AtomicBoolean();
    private final AtomicBoolean heartbeatRunning = new AtomicBoolean();
    private final AtomicBoolean recheckRunning = new AtomicBoolean();

    // Owned by the scheduler's thread. Times are in System.nanoTime().
    private long nextRecheck;

    /** The start time of the slice whose write was retried last. */
    private long retriedSlice;

    /**
     * When the running recheck started, in {@link System#nanoTime()}; 0 if none is running. Written by the recheck's
     * thread.
     */
    private volatile long recheckStart;

    private volatile boolean stopped;
    private volatile @Nullable Future<?> next;

    StreamTimers(
            Scheduler scheduler,
            SseStream stream,
            StreamLifecycle lifecycle,
            StreamTimes times,
            Optional<Instant> expiry,
            BooleanSupplier stillPermitted) {
        this.scheduler = scheduler;
        this.stream = stream;
        this.lifecycle = lifecycle;
        this.times = times;
        this.stillPermitted = stillPermitted;
        long duration = times.maxDuration().map(StreamTimers::jittered).orElse(Long.MAX_VALUE);
        long validity = expiry.map(end -> Durations.nanos(Duration.between(Instant.now(), end)))
                .orElse(Long.MAX_VALUE);
        this.deadlineCause = validity < duration ? EndCause.EXPIRED : EndCause.MAX_DURATION;
        this.deadline = System.nanoTime() + Math.min(Math.min(duration, validity), Long.MAX_VALUE / 2);
        this.nextRecheck = System.nanoTime() + recheckNanos();
    }

    void start() {
        next = scheduler.after(delay(System.nanoTime()), this::tick);
    }

    void stop() {
        stopped = true;
        cancelNext();
    }

    private void cancelNext() {
        Future<?> pending = next;
        if (pending != null) {
            pending.cancel(false);
        }
        lifecycle.interruptRecheck();
    }

    private void tick() {
        if (stopped) {
            return;
        }
        long now = System.nanoTime();
        watchWrite(now);
        if (!lifecycle.hasEnded()) {
            if (now - deadline >= 0) {
                startIfIdle(endRunning, () -> endBy(deadlineCause));
            } else if (recheckIsStuck(now)) {
                startIfIdle(endRunning, () -> endBy(EndCause.REVOKED));
            } else if (untilHeartbeat(now) <= 0) {
                startIfIdle(heartbeatRunning, () -> stream.heartbeat(times.heartbeat()));
            }
            if (now - nextRecheck >= 0) {
                nextRecheck = now + recheckNanos();
                startIfIdle(recheckRunning, this::recheck);
            }
        }
        next = scheduler.after(delay(now), this::tick);
        if (stopped) {
            cancelNext(); // stop() may have cancelled the previous tick only
        }
    }

    /**
     * Retries a blocked write, and ends the stream if the write has timed out. Each slice is retried at least once
     * before the timeout applies, because the kernel may not have reported free space in the send buffer.
     */
    private void watchWrite(long now) {
        long sliceStart = lifecycle.writes().sliceStart();
        if (sliceStart != 0
                && sliceStart == retriedSlice
                && now - sliceStart >= times.writeTimeout().toNanos()) {
            Thread.startVirtualThread(() -> lifecycle.endStuckWrite(times.writeTimeout()));
        } else if (sliceStart != 0) {
            retriedSlice = sliceStart;
            Thread.startVirtualThread(lifecycle.writes()::retry);
        }
    }

    /** Runs an action on a virtual thread, unless the previous one of its kind is still running. */
    private static void startIfIdle(AtomicBoolean running, Runnable action) {
        if (running.compareAndSet(false, true)) {
            Thread.startVirtualThread(() -> {
                try {
                    action.run();
                } finally {
                    running.set(false);
                }
            });
        }
    }

    /**
     * Asks the permissions again and ends the stream if they refuse. See {@link #recheckIsStuck} for a permission that
     * blocks.
     */
    private void recheck() {
        recheckStart = System.nanoTime();
        lifecycle.recheckStarts();
        boolean permitted;
        try {
            if (stopped) {
                return; // stop() ran before recheckStarts(), so it did not interrupt this thread
            }
            permitted = stillPermitted.getAsBoolean();
        } finally {
            lifecycle.recheckReturned();
            recheckStart = 0;
        }
        if (!permitted) {
            endBy(EndCause.REVOKED);
        }
    }

    /**
     * Returns whether a recheck has taken longer than the write timeout. That counts as a refusal: otherwise a client
     * that can block a permission could keep its stream.
     */
    private boolean recheckIsStuck(long now) {
        long start = recheckStart;
        return start != 0 && now - start >= times.writeTimeout().toNanos();
    }

    private void endBy(EndCause cause) {
        stream.endBy(cause, noFrames -> {});
    }

    /** Returns the nanoseconds until a heartbeat is due. A write in progress postpones it. */
    private long untilHeartbeat(long now) {
        return stream.isOpen()
                        && times.heartbeat().isPositive()
                        && lifecycle.writes().sliceStart() == 0
                ? stream.lastWrite() + times.heartbeat().toNanos() - now
                : Math.max(MIN_DELAY, Durations.nanos(times.heartbeat()));
    }

    /**
     * Returns the nanoseconds until the next tick: at most about the write timeout, since a write may start at any
     * time.
     */
    private long delay(long now) {
        long timeout = Durations.nanos(times.writeTimeout());
        long write = lifecycle.writes().sliceStart() == 0 ? timeout : timeout / RETRIES_PER_TIMEOUT;
        if (lifecycle.hasEnded() || endRunning.get()) {
            return Math.max(MIN_DELAY, write); // the last write may still block
        }
        long heartbeat = times.heartbeat().isPositive() ? untilHeartbeat(now) : Long.MAX_VALUE;
        long activity = coalesced(now, Math.min(write, heartbeat));
        return Math.max(MIN_DELAY, Math.min(activity, Math.min(deadline - now, nextRecheck - now)));
    }

    /**
     * Rounds a delay up to the end of an interval that many streams share, so that the scheduler wakes up once for all
     * of them.
     */
    private static long coalesced(long now, long delay) {
        // Intervals are powers of two, so that the ends of long intervals are also ends of short ones.
        long interval = Math.min(Long.highestOneBit(delay / 64), MAX_COALESCING_INTERVAL);
        return interval <= 0 ? delay : delay + interval - Math.floorMod(now + delay, interval);
    }

    private long recheckNanos() {
        return times.recheck().map(Durations::nanos).orElse(Long.MAX_VALUE / 2);
    }

    /** Shortens a duration by a random part of up to a tenth, so that streams opened together do not end together. */
    public static long jittered(Duration duration) {
        long nanos = Durations.nanos(duration);
        return nanos - ThreadLocalRandom.current().nextLong(nanos / 10 + 1);
    }
}
