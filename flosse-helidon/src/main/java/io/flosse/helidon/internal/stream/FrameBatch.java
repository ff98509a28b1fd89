package io.flosse.helidon.internal.stream;

import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The buffered frames of a stream, which its next write sends. Guarded by the stream's write lock. */
final class FrameBatch {

    /** Size in bytes from which a batch is full. */
    static final int FULL_SIZE = 16 * 1024;

    /** Maximum time that frames wait in a batch, in nanoseconds. */
    static final long MAX_AGE = 1_000_000;

    /**
     * Maximum number of bytes without a blank line. Some clients collect lines up to the next one, and Spring's
     * WebClient fails when it has collected 256 Ki characters.
     */
    private static final int MAX_UNENDED = 16 * 1024;

    private final BufferPool<FrameBuffer> pool;
    private final int headroom;

    /** Taken from the pool for the first frame and returned when the batch is cleared; null in between. */
    private @Nullable FrameBuffer buffer;

    private int events;
    private long firstFrameTime;

    /** The number of bytes since the last blank line, in this batch and those before it. */
    private int unended;

    /**
     * Creates an empty batch.
     *
     * @param headroom bytes that the transport reserves before the frames
     */
    FrameBatch(BufferPool<FrameBuffer> pool, int headroom) {
        this.pool = pool;
        this.headroom = headroom;
    }

    boolean isEmpty() {
        return bytes() == 0;
    }

    boolean isFull() {
        return bytes() >= FULL_SIZE;
    }

    /** Returns whether the first frame has waited for at least {@link #MAX_AGE}. */
    boolean isDue(long now) {
        return now - firstFrameTime >= MAX_AGE;
    }

    int events() {
        return events;
    }

    /** Returns the size of the frames in bytes, without the headroom. */
    int bytes() {
        return buffer == null ? 0 : buffer.length() - headroom;
    }

    /** Returns the buffer; the frames follow the headroom. Takes a buffer from the pool if the batch has none. */
    FrameBuffer frames() {
        if (buffer == null) {
            buffer = pool.take();
            buffer.restart(headroom);
        }
        return buffer;
    }

    /** Adds frames. If the consumer throws, the batch stays unchanged. */
    void add(Consumer<FrameBuffer> frames, int count, long now) {
        if (isEmpty()) {
            firstFrameTime = now;
        }
        FrameBuffer out = frames();
        int previousLength = out.length();
        try {
            frames.accept(out);
        } catch (RuntimeException | Error e) {
            out.truncate(previousLength);
            throw e;
        }
        events += count;
        if (Frames.endsWithBlankLine(out, previousLength)) {
            unended = 0;
        } else {
            unended += out.length() - previousLength;
            if (unended > MAX_UNENDED) {
                endFrame();
            }
        }
    }

    /** Adds a blank line if the last line was a comment or a retry field, so that a body ends with one. */
    void endFrame() {
        if (unended > 0) {
            Frames.blankLine(frames());
            unended = 0;
        }
    }

    /** Empties the batch and returns its buffer to the pool. */
    void clear() {
        events = 0;
        if (buffer != null) {
            pool.release(buffer);
            buffer = null;
        }
    }

    /** Empties the batch but does not return its buffer to the pool, since a detached writer may still read it. */
    void abandon() {
        buffer = null;
        clear();
    }
}
