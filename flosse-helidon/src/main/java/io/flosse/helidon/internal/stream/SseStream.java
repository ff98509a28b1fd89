package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.helidon.internal.stream.StreamLifecycle.Phase;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.transport.GuardedWrite;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.helidon.internal.transport.Transport.BodyState;
import io.flosse.internal.StreamWaits;
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
 * One stream from its opening to its end. All of its frames are written here: those of the generator, of delivery
 * workers and of timers.
 *
 * <p>A single event is sent at once. Events less than 50 µs apart are collected into a batch. The batch is sent when it
 * holds 16 KiB, when it is 1 ms old, with the first event after a longer gap, or when the generator ends.
 */
public final class SseStream implements SubscriberOutput {

    /** Maximum gap between two events of a burst, in nanoseconds. */
    private static final long BURST_GAP = 50_000;

    /** The kind of thread that requests a write. */
    private enum Caller {
        /** A thread that only flosse can interrupt. */
        FLOSSE,
        /** Any other thread, such as the generator's: user code and Helidon can interrupt it. */
        ANY
    }

    private final StreamLifecycle lifecycle;
    private final Transport transport;
    private final Optional<Duration> retry;
    private final boolean comments;
    private final StreamCounts counts;
    private final Scheduler scheduler;

    /**
     * The holder may write and end the stream. Fair, so that a busy generator cannot starve a thread that ends the
     * stream.
     */
    private final ReentrantLock writeLock = new ReentrantLock(true);

    // Guarded by writeLock. Times are in System.nanoTime().
    private final FrameBatch batch;
    private long lastFrame;
    private boolean flushScheduled;

    /** Written under writeLock, read by any thread. */
    private volatile long lastWrite = System.nanoTime();

    /**
     * Creates a stream that is not open yet.
     *
     * @param retry the reconnection time that the first frame sends; no such frame if empty
     * @param comments whether the stream starts with a comment if there is no retry, else with its headers alone
     * @param buffers lends the stream a buffer while it has frames to write
     */
    public SseStream(
            StreamLifecycle lifecycle,
            Transport transport,
            Optional<Duration> retry,
            boolean comments,
            StreamCounts counts,
            Scheduler scheduler,
            BufferPool<FrameBuffer> buffers) {
        this.lifecycle = lifecycle;
        this.transport = transport;
        this.retry = retry;
        this.comments = comments;
        this.counts = counts;
        this.scheduler = scheduler;
        this.batch = new FrameBatch(buffers, transport.headroom());
    }

    boolean isOpen() {
        return lifecycle.isOpened();
    }

    /** Returns the waits that the end of the stream wakes. */
    StreamWaits waits() {
        return lifecycle.waits();
    }

    /** Returns whether delivery workers may write to this stream: only a slow client blocks their writes. */
    boolean supportsDelivery() {
        return transport.isInterruptible();
    }

    /** Returns the time of the last write, in {@link System#nanoTime()}. */
    long lastWrite() {
        return lastWrite;
    }

    /**
     * Sends the headers and the route's retry, or else an empty comment: some proxies hold the headers back until the
     * first byte of the body.
     */
    public void open() {
        write(retry.isPresent() || !comments ? out -> {} : out -> Frames.comment(out, ""), 0);
    }

    /**
     * Writes frames without interleaving them with those of other threads.
     *
     * @param events the number of events among the frames
     */
    public void write(Consumer<FrameBuffer> frames, int events) {
        lock();
        try {
            requireLive();
            long now = System.nanoTime();
            boolean burst = lifecycle.isOpened() && now - lastFrame < BURST_GAP;
            append(frames, events, now);
            lastFrame = now;
            if (!burst || batch.isFull() || batch.isDue(now)) {
                flush(BodyState.OPEN, Caller.ANY);
                lastFrame = lastWrite;
            } else if (!flushScheduled) {
                flushScheduled = true;
                scheduler.flushSoon(FrameBatch.MAX_AGE, this::flushBatch);
            }
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Writes the events of a channel at once; their data is text. Called by delivery workers, which serve many streams.
     * Does one write for each hold of the lock, and lets waiting threads go first: otherwise a slow client could delay
     * the stream's end.
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
                flush(BodyState.OPEN, Caller.FLOSSE);
            }
            lastFrame = lastWrite;
            return true;
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public int prefetch() {
        return (writeLock.isLocked() ? 1 : 0)
                + (int) lifecycle.writes().sliceStart()
                + (int) counts.events()
                + transport.prefetch();
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

    /**
     * Checks that the current thread may write.
     *
     * @throws IllegalStateException if the generator has returned
     * @throws StreamEndedException if the stream has ended or the thread is interrupted
     */
    void requireLive() {
        if (lifecycle.hasGeneratorReturned()) {
            throw new IllegalStateException(
                    "Cannot write to this stream: its generator has returned. Yield only while the generator runs");
        }
        if (lifecycle.hasEnded()) {
            throw lifecycle.ended(null);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(null);
        }
    }

    /** Returns the exception for an interrupted thread. If the stream has ended, it reports that end. */
    StreamEndedException interrupted(@Nullable InterruptedException e) {
        return lifecycle.hasEnded()
                ? lifecycle.ended(e)
                : new StreamEndedException("The generator's thread was interrupted", e);
    }

    private void append(Consumer<FrameBuffer> frames, int events, long now) {
        boolean first = !lifecycle.isOpened();
        batch.add(
                out -> {
                    if (first) {
                        retry.ifPresent(delay -> Frames.retry(out, delay));
                    }
                    frames.accept(out);
                },
                events,
                now);
    }

    /**
     * Writes the batch. If the write fails, the stream has ended.
     *
     * @param after the state of the body after this write
     * @param caller the kind of the current thread
     */
    private void flush(BodyState after, Caller caller) {
        if (!lifecycle.isOpened()) {
            prepare();
        }
        int events = batch.events();
        int bytes = batch.bytes();
        FrameBuffer frames = batch.frames();
        boolean written = false;
        try {
            Runnable write = () -> transport.send(frames, after);
            if (caller == Caller.FLOSSE && transport.isInterruptible()) {
                GuardedWrite.runOnOwnThread(write, lifecycle.writes());
            } else {
                GuardedWrite.run(write, transport.isInterruptible(), transport::detached, lifecycle.writes());
            }
            written = true;
            counts.written(events, bytes);
            lastWrite = System.nanoTime();
        } catch (RuntimeException e) {
            counts.lost(events);
            lifecycle.writeFailed();
            throw lifecycle.ended(e);
        } catch (Error e) {
            // The number of bytes sent is unknown, so no write may follow.
            counts.lost(events);
            lifecycle.writeBroken();
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
            lifecycle.opened();
        } finally {
            if (!prepared) {
                batch.clear();
            }
        }
    }

    private void flushBatch() {
        writeLock.lock();
        try {
            flushScheduled = false;
            if (lifecycle.phase() == Phase.OPEN && !batch.isEmpty()) {
                flush(BodyState.OPEN, Caller.FLOSSE);
            }
        } catch (StreamEndedException ended) {
            // The failed write has ended the stream and released its generator.
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Writes a heartbeat if nothing was written for the interval. Called by timer threads. Does nothing while another
     * thread holds the lock, since that thread writes.
     */
    void heartbeat(Duration interval, Consumer<FrameBuffer> frame) {
        if (!writeLock.tryLock()) {
            return;
        }
        try {
            long now = System.nanoTime();
            if (lifecycle.phase() == Phase.OPEN && now - lastWrite >= interval.toNanos()) {
                append(frame, 0, now);
                flush(BodyState.OPEN, Caller.FLOSSE);
                counts.heartbeat();
            }
        } catch (StreamEndedException ended) {
            // The failed write has ended the stream and released its generator.
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Ends the stream from a thread other than its generator's. Writes the last frames, ends or cuts the body, and
     * then releases the generator. All of this happens under the write lock, so that no frame is cut. Waits for a
     * write in progress; if that write is stuck, the write timeout ends the stream instead.
     */
    void endBy(EndCause cause, Consumer<FrameBuffer> lastFrames) {
        writeLock.lock();
        try {
            if (!lifecycle.end(cause)) {
                return;
            }
            try {
                if (lifecycle.phase() == Phase.ENDING && !writeLast(lastFrames, 0, Caller.FLOSSE)) {
                    lifecycle.endFailed(cause);
                }
            } finally {
                lifecycle.releaseGenerator();
            }
        } finally {
            writeLock.unlock();
        }
        if (lifecycle.isOpened()) {
            transport.cut();
        }
    }

    /**
     * Ends the stream before it opens. Called by the generator's thread.
     *
     * @return false if the stream has opened, in which case nothing changes
     */
    boolean endUnopened(EndCause cause) {
        writeLock.lock();
        try {
            if (lifecycle.isOpened()) {
                return false;
            }
            lifecycle.end(cause);
            return true;
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Writes the last frames, and ends or cuts the body. Called by the generator's thread after the generator has
     * returned or thrown.
     *
     * @param events the number of events among the last frames
     */
    public void finish(EndCause cause, Consumer<FrameBuffer> lastFrames, int events) {
        writeLock.lock();
        try {
            openIfNew();
            // The cause is set before the last write: a client may receive the frames and disconnect before the write
            // returns.
            if (lifecycle.end(cause) && !writeLast(lastFrames, events, Caller.ANY)) {
                lifecycle.endFailed(lifecycle.writes().causeOfFailure());
            }
        } finally {
            writeLock.unlock();
        }
    }

    /** Opens a stream whose generator has yielded nothing: the client gets a complete stream without events. */
    private void openIfNew() {
        if (lifecycle.phase() != Phase.NEW) {
            return;
        }
        append(out -> {}, 0, System.nanoTime());
        try {
            prepare();
        } catch (RuntimeException | Error e) {
            lifecycle.end(EndCause.FAILED);
            throw e;
        }
    }

    /** Discards the batch and counts its events as unwritten. */
    void discardUnwritten() {
        writeLock.lock();
        try {
            counts.lost(batch.events());
            batch.clear();
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Writes the last frames, and ends the body unless it is to be cut: the transport cuts a body that was not ended.
     * Returns false if the write failed.
     */
    private boolean writeLast(Consumer<FrameBuffer> lastFrames, int events, Caller caller) {
        try {
            append(lastFrames, events, System.nanoTime());
            batch.endFrame();
            flush(lifecycle.endsBody() ? BodyState.COMPLETE : BodyState.CUT, caller);
            lifecycle.endWritten();
            return true;
        } catch (StreamEndedException unwritten) {
            return false;
        } catch (RuntimeException | Error e) {
            lifecycle.endFailed(EndCause.FAILED);
            throw e;
        }
    }
}
