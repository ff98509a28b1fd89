package io.flosse.internal.wire;

import io.flosse.SseEvent;

/**
 * An event of a channel, framed once: its bytes go to every subscriber. Its data is text. A changed copy of it, as {@code
 * withEvent} makes one, is a plain event again, so the frame can't be wrong.
 */
public final class FramedEvent extends SseEvent {

    private final byte[] frame;

    /**
     * Frames an event.
     *
     * @param event the event, its data a string
     * @param data the same data in UTF-8
     */
    public FramedEvent(SseEvent event, byte[] data) {
        super(event);
        FrameBuffer buffer = new FrameBuffer(data.length + 64);
        Frames.event(buffer, event, data);
        frame = buffer.toByteArray();
    }

    /** The one array that all subscribers share, so for {@link Frames} alone. */
    byte[] frame() {
        return frame;
    }

    /**
     * How long the frame is.
     *
     * @return its length in bytes
     */
    public int length() {
        return frame.length;
    }
}
