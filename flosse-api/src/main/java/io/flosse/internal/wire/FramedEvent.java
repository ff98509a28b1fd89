package io.flosse.internal.wire;

import io.flosse.SseEvent;

/**
 * An event with its frame. It is framed once, and all streams that send it share the bytes. The data of an event of a
 * channel is text. A modified copy, as {@code withEvent} makes one, is a plain event, so the frame always matches the fields.
 */
public final class FramedEvent extends SseEvent {

    private final byte[] frame;

    /**
     * Frames an event.
     *
     * @param event the event
     * @param data its data in UTF-8
     */
    public FramedEvent(SseEvent event, byte[] data) {
        super(event);
        FrameBuffer buffer = new FrameBuffer(data.length + 64);
        Frames.event(buffer, event, data);
        frame = buffer.toByteArray();
    }

    /** Returns the array shared by all streams. Only {@link Frames} may use it, and must not modify it. */
    byte[] frame() {
        return frame;
    }

    /**
     * Returns the length of the frame.
     *
     * @return its length in bytes
     */
    public int length() {
        return frame.length;
    }
}
