package io.flosse.internal.wire;

/** A buffer of frames to be written. Not thread-safe. */
public final class FrameBuffer extends Utf8Buffer {

    /**
     * Creates an empty buffer.
     *
     * @param capacity the initial capacity in bytes
     */
    public FrameBuffer(int capacity) {
        super(capacity);
    }

    /**
     * Removes all bytes.
     *
     * @param headroom how many bytes to reserve at the start for the transport
     */
    public void restart(int headroom) {
        truncate(headroom);
    }
}
