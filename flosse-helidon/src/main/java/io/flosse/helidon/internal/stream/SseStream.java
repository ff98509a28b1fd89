package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.helidon.internal.stream.StreamLifecycle.Phase;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.transport.GuardedWrite;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.channel.fanout.SubscriberOutput;
import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Frames;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream from its opening to its end: the one place that writes its frames, whoever they come from.
 *
 * <p>A lone event leaves at once. Events that follow each other within microseconds are gathered and leave together: when
 * 16 KiB are full, with the first event after a pause, when the generator ends, or when the ticker says that 1 ms is over.
 */
public final class SseStream implements SubscriberOutput {

    private static final long BURST_GAP = 50_000; // ns

    /** Whose thread asks for a write. */
    private enum Caller {
        /** One that only flosse can interrupt. */
        FLOSSE,
        /** Any other, such as the generator's, which its code and Helidon know. */
        ANY
    }

    private final StreamLifecycle life;
    private final Transport transport;
    private final Optional<Duration> retry;
    private final StreamCounts counts;
    private final Scheduler scheduler;

    /** Whoever holds it may write, and may end the stream. Fair, or a busy generator would not let an end have it. */
    private final ReentrantLock writeLock = new ReentrantLock(true);

    // Guarded by writeLock.
    private final FrameBatch batch;
    private long lastFrame;
    private boolean flushScheduled;

    private volatile long lastWrite = System.nanoTime();

    /**
     * A stream that is not open yet.
     *
     * @param retry the first frame, none if empty
     * @param buffers where it takes a buffer from while it has something to write
     */
    public SseStream(
            StreamLifecycle life,
            Transport transport,
            Optional<Duration> retry,
            StreamCounts counts,
            Scheduler scheduler,
            BufferPool<FrameBuffer> buffers) {
        this.life = life;
        this.transport = transport;
        this.retry = retry;
        this.counts = counts;
        this.scheduler = scheduler;
        this.batch = new FrameBatch(buffers, transport.headroom());
    }

    boolean isOpen() {
        return life.isOpened();
    }

    /** Whether others than its generator can write to it without waiting, unless its client is slow. */
    boolean isDirect() {
        return transport.isInterruptible();
    }

    /** When bytes were last written, in {@link System#nanoTime()}. */
    long lastWrite() {
        return lastWrite;
    }

    /** Sends the headers and the first frame: the route's retry, or else a comment, without which nothing would leave. */
    public void open() {
        write(retry.isPresent() ? out -> {} : out -> Frames.comment(out, ""), 0);
    }

    /**
     * Writes frames in one piece, whatever other threads do.
     *
     * @param events how many of them are events
     */
    public void write(Consumer<FrameBuffer> frames, int events) {
        lock();
        try {
            requireLive();
            long now = System.nanoTime();
            boolean burst = life.isOpened() && now - lastFrame < BURST_GAP;
            append(frames, events, now);
            lastFrame = now;
            if (!burst || batch.isFull() || batch.isDue(now)) {
                flush(false, Caller.ANY);
                lastFrame = lastWrite;
            } else if (!flushScheduled) {
                flushScheduled = true;
                scheduler.flushSoon(FrameBatch.MAX_AGE, this::flushGathered);
            }
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Writes a channel's events, whose data is text, at once. For a thread that works for many streams. No more than one write
     * under the lock, and after those who wait for it, or a slow client would keep an end from its stream.
     */
    @Override
    public boolean write(Supplier<@Nullable SseEvent> events) {
        if (writeLock.hasQueuedThreads() || !writeLock.tryLock()) {
            return false;
        }
        try {
            requireLive();
            long now = System.nanoTime();
            SseEvent event = null;
            while (!batch.isFull() && (event = events.get()) != null) {
                append(frame(event), 1, now);
            }
            if (!batch.isEmpty()) {
                flush(false, Caller.FLOSSE);
            }
            lastFrame = lastWrite;
            return true;
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public int touch() {
        return (writeLock.isLocked() ? 1 : 0)
                + (int) life.writes().sliceStart()
                + (int) counts.events()
                + transport.touch();
    }

    private static Consumer<FrameBuffer> frame(SseEvent event) {
        return event instanceof FramedEvent framed
                ? out -> Frames.framed(out, framed)
                : out -> Frames.textEvent(out, event, String.valueOf(event.data()));
    }

    private void lock() {
        try {
            writeLock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    /** Throws what a write throws once the stream has ended; whatever closes it sets the cause first. */
    void requireLive() {
        if (life.hasGeneratorReturned()) {
            throw new IllegalStateException("The generator has returned, so its stream is over");
        }
        if (life.hasEnded()) {
            throw life.ended(null);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(null);
        }
    }

    /** What is thrown for an interrupt: the end of the stream, if it was meant for that. */
    StreamEndedException interrupted(@Nullable InterruptedException e) {
        return life.hasEnded() ? life.ended(e) : new StreamEndedException("The generator's thread was interrupted", e);
    }

    private void append(Consumer<FrameBuffer> frames, int events, long now) {
        boolean first = !life.isOpened();
        batch.add(
                out -> {
                    if (first) {
                        retry.ifPresent(wait -> Frames.retry(out, wait));
                    }
                    frames.accept(out);
                },
                events,
                now);
    }

    /**
     * Writes what was gathered; if that fails the stream has ended.
     *
     * @param thread whose thread this is
     */
    private void flush(boolean last, Caller thread) {
        if (!life.isOpened()) {
            prepare();
        }
        int events = batch.events();
        int bytes = batch.bytes();
        FrameBuffer frames = batch.frames();
        boolean written = false;
        try {
            Runnable write = () -> transport.send(frames, last);
            if (thread == Caller.FLOSSE && transport.isInterruptible()) {
                GuardedWrite.runOnOwnThread(write, life.writes());
            } else {
                GuardedWrite.run(write, transport.isInterruptible(), transport::detached, life.writes());
            }
            written = true;
            counts.written(events, bytes);
            lastWrite = System.nanoTime();
        } catch (RuntimeException e) {
            counts.lost(events);
            life.writeFailed();
            throw life.ended(e);
        } catch (Error e) {
            // Nobody knows how much of it has left, so nothing may follow.
            counts.lost(events);
            life.writeBroken();
            throw e;
        } finally {
            if (written) {
                batch.clear();
            } else {
                batch.abandon();
            }
        }
    }

    /** If preparing the response head fails, the stream stays unopened. */
    private void prepare() {
        boolean prepared = false;
        try {
            transport.prepare();
            prepared = true;
            life.opened();
        } finally {
            if (!prepared) {
                batch.clear();
            }
        }
    }

    private void flushGathered() {
        writeLock.lock();
        try {
            flushScheduled = false;
            if (life.phase() == Phase.OPEN && !batch.isEmpty()) {
                flush(false, Caller.FLOSSE);
            }
        } catch (StreamEndedException ended) {
            // Its generator was told.
        } finally {
            writeLock.unlock();
        }
    }

    /** For the ticker's threads: writes a comment, if the stream is quiet. A held lock means traffic. */
    void heartbeat(Duration interval) {
        if (!writeLock.tryLock()) {
            return;
        }
        try {
            long now = System.nanoTime();
            if (life.phase() == Phase.OPEN && now - lastWrite >= interval.toNanos()) {
                append(out -> Frames.comment(out, "heartbeat"), 0, now);
                flush(false, Caller.FLOSSE);
                counts.heartbeat();
            }
        } catch (StreamEndedException ended) {
            // Its generator was told.
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Ends the stream from outside of its generator: the last frames, the end of the body, and then the interrupt, all
     * under the write lock, so that no frame is torn. Waits for a write that is under way; if that one is stuck, its timeout
     * ends the stream instead.
     */
    void endBy(EndCause why, Consumer<FrameBuffer> farewell) {
        writeLock.lock();
        try {
            if (!life.end(why)) {
                return;
            }
            try {
                if (life.phase() == Phase.ENDING && !writeLast(farewell, 0, Caller.FLOSSE)) {
                    life.endFailed(why);
                }
            } finally {
                life.interruptGenerator();
            }
        } finally {
            writeLock.unlock();
        }
        if (life.isOpened()) {
            transport.cut();
        }
    }

    /** For the generator's thread: ends a stream that has not opened, so that it never will; false if it has. */
    boolean endUnopened(EndCause why) {
        writeLock.lock();
        try {
            if (life.isOpened()) {
                return false;
            }
            life.end(why);
            return true;
        } finally {
            writeLock.unlock();
        }
    }

    /** For the generator's thread, after it has returned or thrown: the last frames and the end of the body. */
    public void finish(EndCause why, Consumer<FrameBuffer> last, int events) {
        writeLock.lock();
        try {
            openForTheEnd();
            // The cause stands before the last write: a client that has it may be gone before the write is.
            if (life.end(why) && !writeLast(last, events, Caller.ANY)) {
                life.endFailed(life.writes().causeOfFailure());
            }
        } finally {
            writeLock.unlock();
        }
    }

    /** A generator that returns without having yielded leaves a whole stream of no events. */
    private void openForTheEnd() {
        if (life.phase() != Phase.NEW) {
            return;
        }
        append(out -> {}, 0, System.nanoTime());
        try {
            prepare();
        } catch (RuntimeException | Error e) {
            life.end(EndCause.FAILED);
            throw e;
        }
    }

    /** Counts the events that were gathered but not written before the stream ended. */
    void discardUnwritten() {
        writeLock.lock();
        try {
            counts.lost(batch.events());
            batch.clear();
        } finally {
            writeLock.unlock();
        }
    }

    /** Writes the last frames and ends the body; false if they could not be written. */
    private boolean writeLast(Consumer<FrameBuffer> last, int events, Caller thread) {
        try {
            append(last, events, System.nanoTime());
            flush(true, thread);
            life.endWritten();
            return true;
        } catch (StreamEndedException unwritten) {
            return false;
        } catch (RuntimeException | Error e) {
            life.endFailed(EndCause.FAILED);
            throw e;
        }
    }
}
