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
 * What the ticker does for one stream: heartbeat, write timeout, maximum duration, expiry, recheck. {@link #tick} runs on
 * the ticker's thread and only decides; each action runs on a short-lived virtual thread, one of each kind at a time.
 */
public final class StreamTimers {

    /** Between two looks at what is due already but cannot be done yet. */
    private static final long SOON = 5_000_000; // ns

    /** How often a piece that waits is looked at, and tried again, in a write timeout. */
    private static final int RETRIES = 8;

    /** How much later than it is due a heartbeat may come, so that it goes with others. */
    private static final long AT_MOST_LATE = 1L << 28; // ns

    private final Scheduler scheduler;
    private final SseStream stream;
    private final StreamLifecycle life;
    private final StreamTimes times;
    private final BooleanSupplier stillPermitted;
    private final long deadline;
    private final EndCause deadlineCause;
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicBoolean beating = new AtomicBoolean();
    private final AtomicBoolean rechecking = new AtomicBoolean();

    // Owned by the ticker's thread.
    private long nextRecheck;

    /** When the piece was begun that was last tried again. */
    private long retriedPiece;

    /** When the recheck that is under way was begun, 0 if none is. Written by its thread. */
    private volatile long recheckBegan;

    private volatile boolean stopped;
    private volatile @Nullable Future<?> next;

    StreamTimers(
            Scheduler scheduler,
            SseStream stream,
            StreamLifecycle life,
            StreamTimes times,
            Optional<Instant> expiry,
            BooleanSupplier stillPermitted) {
        this.scheduler = scheduler;
        this.stream = stream;
        this.life = life;
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
        life.interruptRecheck();
    }

    private void tick() {
        if (stopped) {
            return;
        }
        long now = System.nanoTime();
        watchWrite(now);
        if (!life.hasEnded()) {
            if (now - deadline >= 0) {
                act(ending, () -> endBy(deadlineCause));
            } else if (recheckIsStuck(now)) {
                act(ending, () -> endBy(EndCause.REVOKED));
            } else if (heartbeatDue(now) <= 0) {
                act(beating, () -> stream.heartbeat(times.heartbeat()));
            }
            if (now - nextRecheck >= 0) {
                nextRecheck = now + recheckNanos();
                act(rechecking, this::recheck);
            }
        }
        next = scheduler.after(delay(now), this::tick);
        if (stopped) {
            cancelNext(); // stop() may have cancelled the one before
        }
    }

    /** No piece is given up that was not tried again first: the kernel may have hidden that there is room. */
    private void watchWrite(long now) {
        long began = life.writes().sliceStart();
        if (began != 0
                && began == retriedPiece
                && now - began >= times.writeTimeout().toNanos()) {
            Thread.startVirtualThread(() -> life.endStuckWrite(times.writeTimeout()));
        } else if (began != 0) {
            retriedPiece = began;
            Thread.startVirtualThread(life.writes()::retry);
        }
    }

    private static void act(AtomicBoolean busy, Runnable action) {
        if (busy.compareAndSet(false, true)) {
            Thread.startVirtualThread(() -> {
                try {
                    action.run();
                } finally {
                    busy.set(false);
                }
            });
        }
    }

    /** No answer is a no, as an exception is: whoever can make a permission hang must not be able to stay. */
    private void recheck() {
        recheckBegan = System.nanoTime();
        life.recheckStarts();
        boolean permitted;
        try {
            if (stopped) {
                return; // before recheckStarts(), so nobody would interrupt it
            }
            permitted = stillPermitted.getAsBoolean();
        } finally {
            life.recheckReturned();
            recheckBegan = 0;
        }
        if (!permitted) {
            endBy(EndCause.REVOKED);
        }
    }

    private boolean recheckIsStuck(long now) {
        long began = recheckBegan;
        return began != 0 && now - began >= times.writeTimeout().toNanos();
    }

    private void endBy(EndCause why) {
        stream.endBy(why, farewell -> {});
    }

    private long heartbeatDue(long now) {
        // A write under way is traffic.
        return stream.isOpen()
                        && times.heartbeat().isPositive()
                        && life.writes().sliceStart() == 0
                ? stream.lastWrite() + times.heartbeat().toNanos() - now
                : Math.max(SOON, Durations.nanos(times.heartbeat()));
    }

    /** Until something may be due: never longer than the write timeout, since a write may begin at any time. */
    private long delay(long now) {
        long timeout = Durations.nanos(times.writeTimeout());
        long write = life.writes().sliceStart() == 0 ? timeout : timeout / RETRIES;
        if (life.hasEnded() || ending.get()) {
            return Math.max(SOON, write); // a last write may still get stuck
        }
        long heartbeat = times.heartbeat().isPositive() ? heartbeatDue(now) : Long.MAX_VALUE;
        long soonest = Math.min(together(now, Math.min(write, heartbeat)), Math.min(deadline - now, nextRecheck - now));
        return Math.max(SOON, soonest);
    }

    /** A little later, at a time that many streams share, so that the ticker wakes for all of them at once. */
    private static long together(long now, long delay) {
        long grid = Math.min(Long.highestOneBit(delay / 64), AT_MOST_LATE); // powers of two, so that all grids meet
        return grid <= 0 ? delay : delay + grid - Math.floorMod(now + delay, grid);
    }

    private long recheckNanos() {
        return times.recheck().map(Durations::nanos).orElse(Long.MAX_VALUE / 2);
    }

    /** Up to a tenth less, so that streams that were opened together do not end together. */
    public static long jittered(Duration duration) {
        long nanos = Durations.nanos(duration);
        return nanos - ThreadLocalRandom.current().nextLong(nanos / 10 + 1);
    }
}
