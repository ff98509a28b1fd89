package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.ServiceUnavailableException;
import io.flosse.helidon.internal.request.TemporaryRefusal;
import io.flosse.helidon.internal.settings.StreamTimes;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.internal.Durations;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The timers of one stream, one for each {@link Concern}. They run on the scheduler's thread, which must not block, and
 * start what is due on a short-lived virtual thread.
 */
public final class StreamTimers {

    /** What a timer is for. */
    private enum Concern {
        HEARTBEAT,
        WRITE_TIMEOUT,
        /** The maximum duration of the stream, or the expiry of the identity. */
        DEADLINE,
        /** The recheck of the permissions. */
        RECHECK
    }

    /** Minimum delay of a timer, in nanoseconds; an action that is due may not be possible yet. */
    private static final long MIN_DELAY = 5_000_000;

    /** How often a blocked write is retried within one write timeout. */
    private static final int RETRIES_PER_TIMEOUT = 8;

    /** The delay of a timer that does not run again. */
    private static final long NEVER = Long.MAX_VALUE;

    private final Scheduler scheduler;
    private final SseStream stream;
    private final StreamLifecycle lifecycle;
    private final StreamTimes times;
    private final BooleanSupplier stillPermitted;
    private final long writeTimeout;
    private final EndCause deadlineCause;

    /** The delay of the deadline, in nanoseconds. */
    private final long untilDeadline;

    // Owned by the scheduler's thread. Times are in System.nanoTime().
    private long nextRecheck;

    /** The start time of the slice whose write was retried last. */
    private long retriedSlice;

    /**
     * When the running recheck started, in {@link System#nanoTime()}; 0 if none is running. Set by the scheduler's
     * thread, reset by the recheck's.
     */
    private volatile long recheckStart;

    /** Written under this object's lock. */
    private volatile boolean stopped;

    /** The next run of each timer. Guarded by this. */
    private final Map<Concern, Future<?>> pending = new EnumMap<>(Concern.class);

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
        this.writeTimeout = Durations.nanos(times.writeTimeout());
        long duration = times.maxDuration().map(StreamTimers::jittered).orElse(NEVER);
        long validity = expiry.map(end -> Durations.nanos(Duration.between(Instant.now(), end)))
                .orElse(NEVER);
        this.deadlineCause = validity < duration ? EndCause.EXPIRED : EndCause.MAX_DURATION;
        this.untilDeadline = Math.min(duration, validity);
    }

    void start() {
        if (times.heartbeat().isPositive()) {
            schedule(Concern.HEARTBEAT, Durations.nanos(times.heartbeat()));
        }
        schedule(Concern.WRITE_TIMEOUT, writeTimeout);
        schedule(Concern.DEADLINE, untilDeadline);
        times.recheck().map(Durations::nanos).ifPresent(interval -> {
            nextRecheck = System.nanoTime() + interval;
            schedule(Concern.RECHECK, interval);
        });
    }

    void stop() {
        synchronized (this) {
            stopped = true;
            pending.values().forEach(next -> next.cancel(false));
        }
        lifecycle.interruptRecheck();
    }

    private synchronized void schedule(Concern concern, long delay) {
        if (!stopped && delay != NEVER) {
            pending.put(concern, scheduler.after(Math.max(MIN_DELAY, delay), () -> run(concern)));
        }
    }

    /** Runs a timer, unless the stream has ended. The last write may still block after the end. */
    private void run(Concern concern) {
        if (stopped || (lifecycle.hasEnded() && concern != Concern.WRITE_TIMEOUT)) {
            return;
        }
        long now = System.nanoTime();
        schedule(
                concern,
                switch (concern) {
                    case HEARTBEAT -> heartbeat(now);
                    case WRITE_TIMEOUT -> watchWrite(now);
                    case DEADLINE -> endBy(deadlineCause);
                    case RECHECK -> recheck(now);
                });
    }

    /** Writes a heartbeat if nothing was written for the interval; returns the delay of the next run. */
    private long heartbeat(long now) {
        long remaining = stream.lastWrite() + times.heartbeat().toNanos() - now;
        if (remaining > 0) {
            return remaining;
        }
        if (!stream.isOpen() || lifecycle.writes().sliceStart() != 0) {
            return times.heartbeat().toNanos();
        }
        Thread.startVirtualThread(() -> stream.heartbeat(times.heartbeat(), times::writeHeartbeat));
        return times.heartbeat().toNanos() + MIN_DELAY; // the heartbeat is written a little later than now
    }

    /**
     * Retries a blocked write, and ends the stream if the write has timed out. Each slice is retried at least once
     * before the timeout applies, because the kernel may not have reported free space in the send buffer. Returns the
     * delay of the next run: at most the write timeout, since a write may start at any time.
     */
    private long watchWrite(long now) {
        long sliceStart = lifecycle.writes().sliceStart();
        if (sliceStart == 0) {
            return writeTimeout;
        }
        if (sliceStart == retriedSlice && now - sliceStart >= writeTimeout) {
            Thread.startVirtualThread(() -> lifecycle.endStuckWrite(times.writeTimeout()));
        } else {
            retriedSlice = sliceStart;
            Thread.startVirtualThread(lifecycle.writes()::retry);
        }
        return writeTimeout / RETRIES_PER_TIMEOUT;
    }

    private long endBy(EndCause cause) {
        Thread.startVirtualThread(() -> stream.endBy(cause, noFrames -> {}));
        return NEVER;
    }

    /**
     * Starts a recheck if one is due; returns the delay of the next run. A recheck that takes longer than the write
     * timeout counts as a refusal: otherwise a client that can block a permission could keep its stream.
     */
    private long recheck(long now) {
        long interval = Durations.nanos(times.recheck().orElseThrow());
        long start = recheckStart;
        if (start != 0) {
            long remaining = start + writeTimeout - now;
            if (remaining > 0) {
                return Math.min(interval, remaining);
            }
            Thread.startVirtualThread(() -> {
                if (recheckStart == start) { // not answered meanwhile
                    stream.endBy(EndCause.REVOKED, noFrames -> {});
                }
            });
            return writeTimeout;
        }
        if (now - nextRecheck < 0) {
            return nextRecheck - now;
        }
        nextRecheck = now + interval;
        recheckStart = now;
        Thread.startVirtualThread(this::askPermissions);
        return Math.min(interval, writeTimeout);
    }

    /**
     * Asks the permissions again and ends the stream if they refuse. If they can't answer at the moment, the stream ends
     * too, because a client could cause that; it is told when to come back.
     */
    private void askPermissions() {
        lifecycle.recheckStarts();
        boolean permitted;
        Consumer<FrameBuffer> lastFrames = noFrames -> {};
        try {
            if (stopped) {
                return; // stop() ran before recheckStarts(), so it did not interrupt this thread
            }
            permitted = stillPermitted.getAsBoolean();
        } catch (ServiceUnavailableException e) {
            permitted = false;
            lastFrames = out -> Frames.retry(out, TemporaryRefusal.jittered(e.retryAfter()));
        } finally {
            lifecycle.recheckReturned();
            recheckStart = 0;
        }
        if (!permitted) {
            stream.endBy(EndCause.REVOKED, lastFrames);
        }
    }

    /** Shortens a duration by a random part of up to a tenth, so that streams opened together do not end together. */
    public static long jittered(Duration duration) {
        long nanos = Durations.nanos(duration);
        return nanos - ThreadLocalRandom.current().nextLong(nanos / 10 + 1);
    }
}
