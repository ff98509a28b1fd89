package io.flosse.helidon.internal.stream;

import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of a stream that leave with its next write. Guarded by the stream's write lock. */
final class FrameBatch {

    /** Bytes that make a batch full. */
    static final int FULL = 16 * 1024;

    /** How long frames may wait in a batch, in nanoseconds. */
    static final long MAX_AGE = 1_000_000;

    private final BufferPool<FrameBuffer> pool;
    private final int headroom;

    /** Null while the batch is empty, but for a moment. */
    private @Nullable FrameBuffer buffer;

    private int events;
    private long start;

    /**
     * Creates an empty batch.
     *
     * @param headroom bytes that the transport needs before the frames
     */
    FrameBatch(BufferPool<FrameBuffer> pool, int headroom) {
        this.pool = pool;
        this.headroom = headroom;
    }

    boolean isEmpty() {
        return bytes() == 0;
    }

    boolean isFull() {
        return bytes() >= FULL;
    }

    /** Returns whether the first frame has waited for {@link #MAX_AGE}. */
    boolean isDue(long now) {
        return now - start >= MAX_AGE;
    }

    int events() {
        return events;
    }

    /** Returns how many bytes of frames there are. */
    int bytes() {
        return buffer == null ? 0 : buffer.length() - headroom;
    }

    /** Returns the buffer, with the frames behind the headroom. */
    FrameBuffer frames() {
        if (buffer == null) {
            buffer = pool.take();
            buffer.restart(headroom);
        }
        return buffer;
    }

    /** Adds frames; if that fails the batch is as before. */
    void add(Consumer<FrameBuffer> frames, int count, long now) {
        if (isEmpty()) {
            start = now;
        }
        FrameBuffer out = frames();
        int before = out.length();
        try {
            frames.accept(out);
        } catch (RuntimeException | Error tooLarge) {
            out.truncate(before);
            throw tooLarge;
        }
        events += count;
    }

    /** Empties the batch and gives its buffer back. */
    void clear() {
        events = 0;
        if (buffer != null) {
            pool.release(buffer);
            buffer = null;
        }
    }

    /** Empties the batch without giving its buffer back: a detached writer may still read it. */
    void abandon() {
        buffer = null;
        clear();
    }
}
