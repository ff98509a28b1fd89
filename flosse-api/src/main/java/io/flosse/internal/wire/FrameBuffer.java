package io.flosse.internal.wire;

/** Frames on their way to the wire. Not thread-safe. */
public final class FrameBuffer extends Utf8Buffer {

    /**
     * An empty buffer.
     *
     * @param capacity how many bytes it takes before it grows
     */
    public FrameBuffer(int capacity) {
        super(capacity);
    }

    /**
     * Forgets all bytes.
     *
     * @param headroom how many bytes to leave free at the beginning, for whoever sends the buffer
     */
    public void restart(int headroom) {
        truncate(headroom);
    }
}
