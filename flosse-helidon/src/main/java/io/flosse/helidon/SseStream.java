package io.flosse.helidon;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.internal.FrameBuffer;
import io.flosse.internal.Frames;
import io.flosse.internal.YieldStyles;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open stream: the sink that its generator yields into, and the one place that writes its frames.
 *
 * <p>A lone event leaves at once. Events that follow each other within microseconds are gathered and leave together: when
 * 16 KiB are full, with the first event after a pause, when the generator ends, or when the ticker says that 1 ms is over.
 */
final class SseStream implements Yield {

    private static final int FULL = 16 * 1024;
    private static final long BURST_GAP = 50_000; // ns
    private static final long GATHER_AT_MOST = 1_000_000; // ns

    private final StreamLife life;
    private final Transport transport;
    private final JsonSupport json;
    private final Optional<Duration> retry;
    private final Ticker ticker;
    private final StreamCounts counts;

    /** Whoever holds it may write, and may end the stream. */
    private final ReentrantLock writeLock = new ReentrantLock();

    // Guarded by writeLock.
    private final FrameBuffer buffer = new FrameBuffer(256);
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
     */
    SseStream(
            StreamLife life,
            Transport transport,
            JsonSupport json,
            Optional<Duration> retry,
            StreamCounts counts,
            Ticker ticker) {
        this.life = life;
        this.transport = transport;
        this.json = json;
        this.retry = retry;
        this.counts = counts;
        this.ticker = ticker;
        buffer.truncate(0);
        clear();
    }

    boolean isOpen() {
        return open;
    }

    StreamCounts counts() {
        return counts;
    }

    /** When bytes were last written, in {@link System#nanoTime()}. */
    long lastWrite() {
        return lastWrite;
    }

    @Override
    public void yield(Object value) {
        if (value instanceof io.helidon.http.sse.SseEvent event) {
            write(HelidonEvent.frame(event, json), 1);
        } else {
            send(YieldStyles.event(value));
        }
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        send(SseEvent.of(data).withEvent(event));
    }

    @Override
    public void yield(String event, @Nullable Object data, String id) {
        send(SseEvent.of(data).withEvent(event).withId(id));
    }

    @Override
    public void comment(String text) {
        write(out -> Frames.comment(out, text), 0);
    }

    private void send(SseEvent event) {
        byte[] data = json.json().data(event.data());
        write(out -> Frames.event(out, event, data), 1);
    }

    /** Sends the headers and the first frame: the route's retry, or else a comment, without which nothing would leave. */
    void open() {
        write(out -> {
            if (retry.isEmpty()) {
                Frames.comment(out, "");
            }
        }, 0);
    }

    private void write(Consumer<FrameBuffer> frame, int events) {
        lock();
        try {
            requireLive();
            long now = System.nanoTime();
            boolean burst = open && now - lastFrame < BURST_GAP;
            append(frame, events, now);
            if (!burst || buffer.length() >= FULL || now - gatheredSince >= GATHER_AT_MOST) {
                flush(false);
            } else if (!flushScheduled) {
                flushScheduled = true;
                ticker.after(GATHER_AT_MOST, () -> Thread.startVirtualThread(this::flushGathered));
            }
            lastFrame = System.nanoTime();
        } finally {
            writeLock.unlock();
        }
    }

    private void lock() {
        try {
            writeLock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private void requireLive() {
        if (returned) {
            throw new IllegalStateException("The generator has returned, so its stream takes no more events");
        }
        if (closed || life.hasEnded()) {
            throw life.ended(null);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(null);
        }
    }

    private StreamEndedException interrupted(@Nullable InterruptedException e) {
        return life.hasEnded()
                ? life.ended(e)
                : new StreamEndedException("The yielding thread was interrupted, so nothing was written", e);
    }

    private void append(Consumer<FrameBuffer> frame, int events, long now) {
        if (!open) {
            retry.ifPresent(wait -> Frames.retry(buffer, wait));
        }
        if (isEmpty()) {
            gatheredSince = now;
        }
        frame.accept(buffer);
        gatheredEvents += events;
    }

    private boolean isEmpty() {
        return buffer.length() == transport.headroom();
    }

    private void clear() {
        while (buffer.length() < transport.headroom()) {
            buffer.write((byte) 0);
        }
        buffer.truncate(transport.headroom());
        gatheredEvents = 0;
    }

    /** Writes what was gathered; if that fails the stream has ended. */
    private void flush(boolean last) {
        open = true;
        int events = gatheredEvents;
        int bytes = buffer.length() - transport.headroom();
        life.writingBegins();
        try {
            transport.send(buffer, last);
            counts.written(events, bytes);
            lastWrite = System.nanoTime();
        } catch (RuntimeException e) {
            counts.lost(events);
            life.endByFailure();
            throw life.ended(e);
        } finally {
            life.writingEnds();
            clear();
        }
    }

    private void flushGathered() {
        writeLock.lock();
        try {
            flushScheduled = false;
            if (!closed && !life.hasEnded() && !isEmpty()) {
                flush(false);
            }
        } catch (StreamEndedException ended) {
            life.interruptGenerator();
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
            if (open && !closed && !life.hasEnded() && System.nanoTime() - lastWrite >= interval.toNanos()) {
                append(out -> Frames.comment(out, "heartbeat"), 0, System.nanoTime());
                flush(false);
                counts.heartbeat();
            }
        } catch (StreamEndedException ended) {
            life.interruptGenerator();
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Ends the stream from outside of its generator: the last frames, the end of the body, and then the interrupt, all
     * under the write lock, so that no frame is torn.
     *
     * @param patience how long to wait for a write that is under way
     * @return false if that write took longer, and the stream goes on
     */
    boolean endBy(EndCause why, Duration patience, Consumer<FrameBuffer> farewell) throws InterruptedException {
        if (!writeLock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        try {
            if (closed || !life.end(why)) {
                return true;
            }
            if (open) {
                close(farewell);
            }
            closed = true;
            life.interruptGenerator();
        } finally {
            writeLock.unlock();
        }
        if (open) {
            transport.cut();
        }
        return true;
    }

    /** For the generator's thread, after it has returned or thrown: the last event, and the end of the body. */
    void finish(EndCause why, Consumer<FrameBuffer> last) {
        returned = true;
        writeLock.lock();
        try {
            if (!closed && !life.hasEnded()) {
                close(last);
                life.end(why);
            }
            counts.lost(gatheredEvents);
            clear();
        } finally {
            writeLock.unlock();
        }
    }

    /** An event as the last frame. */
    Consumer<FrameBuffer> lastEvent(SseEvent event) {
        byte[] data = json.json().data(event.data());
        return out -> {
            Frames.event(out, event, data);
            gatheredEvents++;
        };
    }

    /** Writes the last frames and ends the body. */
    private void close(Consumer<FrameBuffer> farewell) {
        closed = true;
        try {
            append(farewell, 0, System.nanoTime());
            flush(true);
        } catch (StreamEndedException ended) {
            // Its cause is set.
        }
    }
}
