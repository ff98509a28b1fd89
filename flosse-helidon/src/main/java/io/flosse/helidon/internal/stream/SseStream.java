package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
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
final class SseStream implements SubscriberOutput {

    private static final int FULL = 16 * 1024;
    private static final long BURST_GAP = 50_000; // ns
    private static final long GATHER_AT_MOST = 1_000_000; // ns

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
    private final Scheduler ticker;
    private final BufferPool<FrameBuffer> spare;

    /** Whoever holds it may write, and may end the stream. Fair, or a busy generator would not let an end have it. */
    private final ReentrantLock writeLock = new ReentrantLock(true);

    // Guarded by writeLock.

    /** What was gathered; mostly null if nothing was. */
    private @Nullable FrameBuffer buffer;

    private int gatheredEvents;
    private long gatheredSince;
    private long lastFrame;
    private boolean flushScheduled;
    private boolean closed;

    private volatile boolean open;
    private volatile boolean returned;
    private volatile long lastWrite = System.nanoTime();

    /**
     * A stream that is not open yet.
     *
     * @param retry the first frame, none if empty
     * @param spare where it has a buffer from while it has something to write
     */
    SseStream(
            StreamLifecycle life,
            Transport transport,
            Optional<Duration> retry,
            StreamCounts counts,
            Scheduler ticker,
            BufferPool<FrameBuffer> spare) {
        this.life = life;
        this.transport = transport;
        this.retry = retry;
        this.counts = counts;
        this.ticker = ticker;
        this.spare = spare;
    }

    boolean isOpen() {
        return open;
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
    void open() {
        write(retry.isPresent() ? out -> {} : out -> Frames.comment(out, ""), 0);
    }

    /**
     * Writes frames in one piece, whatever other threads do.
     *
     * @param events how many of them are events
     */
    void write(Consumer<FrameBuffer> frames, int events) {
        lock();
        try {
            requireLive();
            long now = System.nanoTime();
            boolean burst = open && now - lastFrame < BURST_GAP;
            append(frames, events, now);
            lastFrame = now;
            if (!burst || length() >= FULL || now - gatheredSince >= GATHER_AT_MOST) {
                flush(false, Caller.ANY);
                lastFrame = lastWrite;
            } else if (!flushScheduled) {
                flushScheduled = true;
                ticker.flushSoon(GATHER_AT_MOST, this::flushGathered);
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
            while (length() < FULL && (event = events.get()) != null) {
                append(frame(event), 1, now);
            }
            if (!isEmpty()) {
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
        return (writeLock.isLocked() ? 1 : 0) + (int) life.sliceBegan() + (int) counts.events() + transport.touch();
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
        if (returned) {
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
        if (isEmpty()) {
            gatheredSince = now;
        }
        FrameBuffer out = buffer();
        int before = out.length();
        try {
            if (!open) {
                retry.ifPresent(wait -> Frames.retry(out, wait));
            }
            frames.accept(out);
        } catch (RuntimeException | Error tooLarge) {
            out.truncate(before);
            throw tooLarge;
        }
        gatheredEvents += events;
    }

    private FrameBuffer buffer() {
        if (buffer == null) {
            buffer = spare.take();
            buffer.restart(transport.headroom());
        }
        return buffer;
    }

    private int length() {
        return buffer == null ? transport.headroom() : buffer.length();
    }

    private boolean isEmpty() {
        return length() == transport.headroom();
    }

    private void clear() {
        gatheredEvents = 0;
        if (buffer != null) {
            spare.giveBack(buffer);
            buffer = null;
        }
    }

    /**
     * Writes what was gathered; if that fails the stream has ended.
     *
     * @param thread whose thread this is
     */
    private void flush(boolean last, Caller thread) {
        if (!open) {
            prepare();
        }
        int events = gatheredEvents;
        int bytes = length() - transport.headroom();
        FrameBuffer frames = buffer();
        boolean written = false;
        try {
            Runnable write = () -> transport.send(frames, last);
            if (thread == Caller.FLOSSE && transport.isInterruptible()) {
                GuardedWrite.runOnOwnThread(write, life);
            } else {
                GuardedWrite.run(write, transport.isInterruptible(), transport::detached, life);
            }
            written = true;
            counts.written(events, bytes);
            lastWrite = System.nanoTime();
        } catch (RuntimeException e) {
            counts.lost(events);
            life.endByFailure();
            throw life.ended(e);
        } catch (Error e) {
            // Nobody knows how much of it has left, so nothing may follow.
            counts.lost(events);
            life.endByError();
            throw e;
        } finally {
            if (!written) {
                buffer = null; // a detached writer may still read it
            }
            clear();
        }
    }

    /** Where the head of the response can't be made, the stream is as if nothing had been written. */
    private void prepare() {
        try {
            transport.prepare();
            open = true;
        } finally {
            if (!open) {
                clear();
            }
        }
    }

    private void flushGathered() {
        writeLock.lock();
        try {
            flushScheduled = false;
            if (!closed && !life.hasEnded() && !isEmpty()) {
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
            if (open && !closed && !life.hasEnded() && now - lastWrite >= interval.toNanos()) {
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
            if (closed || !life.end(why)) {
                return;
            }
            try {
                if (open) {
                    close(farewell, 0, Caller.FLOSSE);
                }
            } finally {
                closed = true;
                life.interruptGenerator();
            }
        } finally {
            writeLock.unlock();
        }
        if (open) {
            transport.cut();
        }
    }

    /** For the generator's thread: ends a stream that has not opened, so that it never will; false if it has. */
    boolean endUnopened(EndCause why) {
        writeLock.lock();
        try {
            if (open) {
                return false;
            }
            returned = true;
            closed = true;
            life.end(why);
            return true;
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * For the generator's thread, after it has returned or thrown: the last frames and the end of the body, unless the
     * stream has ended already.
     */
    void finish(EndCause why, Consumer<FrameBuffer> last, int events) {
        writeLock.lock();
        try {
            returned = true;
            // The cause stands before the last write: a client that has it may be gone before the write is.
            if (!closed && life.end(why) && !close(last, events, Caller.ANY)) {
                life.endedInstead(why);
            }
            counts.lost(gatheredEvents);
            clear();
        } finally {
            writeLock.unlock();
        }
    }

    /** Writes the last frames and ends the body; false if they could not be written. */
    private boolean close(Consumer<FrameBuffer> last, int events, Caller thread) {
        closed = true;
        try {
            append(last, events, System.nanoTime());
            flush(true, thread);
            return true;
        } catch (StreamEndedException unwritten) {
            return false;
        }
    }
}
