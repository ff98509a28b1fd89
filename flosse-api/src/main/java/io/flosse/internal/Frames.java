package io.flosse.internal;

import io.flosse.SseEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The one class that knows the wire format of a frame (WHATWG 9.2.5 and 9.2.6).
 *
 * <p>Field order: retry, id, event, data. Lines end with LF, a blank line ends the frame, the encoding is UTF-8.
 */
public final class Frames {

    private static final byte[] RETRY = ascii("retry: ");
    private static final byte[] ID = ascii("id");
    private static final byte[] EVENT = ascii("event");
    private static final byte[] DATA = ascii("data");
    private static final byte[] NO_NAME = {};

    private Frames() {}

    /**
     * Writes an event.
     *
     * @param out where to
     * @param event its event, id and retry, already validated
     * @param data its data in UTF-8; null for a frame without a data field, which clients do not dispatch
     */
    public static void event(FrameBuffer out, SseEvent event, byte @Nullable [] data) {
        event.retry().ifPresent(retry -> retryField(out, retry));
        event.id().ifPresent(id -> field(out, ID, utf8(id)));
        event.event().ifPresent(name -> field(out, EVENT, utf8(name)));
        if (data != null) {
            lines(out, DATA, data);
        }
        out.write((byte) '\n');
    }

    /**
     * Writes an event that was framed before.
     *
     * @param out where to
     * @param event the event
     */
    public static void framed(FrameBuffer out, FramedEvent event) {
        out.write(event.frame());
    }

    /**
     * Writes a frame that holds nothing but a retry field.
     *
     * @param out where to
     * @param retry how long the client waits before it reconnects, not negative
     */
    public static void retry(FrameBuffer out, Duration retry) {
        retryField(out, retry);
        out.write((byte) '\n');
    }

    /**
     * Writes a comment frame; each line of the text becomes a comment line.
     *
     * @param out where to
     * @param text the comment
     */
    public static void comment(FrameBuffer out, String text) {
        lines(out, NO_NAME, utf8(text));
        out.write((byte) '\n');
    }

    private static void retryField(FrameBuffer out, Duration retry) {
        out.write(RETRY);
        out.write(ascii(Long.toString(millis(retry))));
        out.write((byte) '\n');
    }

    /** Rounds up, so that a positive wait never becomes 0; a wait beyond the range of a long is the longest there is. */
    private static long millis(Duration duration) {
        try {
            return duration.plusNanos(999_999).toMillis();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Splits on CRLF, CR and LF and on nothing else; an empty text is one line. */
    private static void lines(FrameBuffer out, byte[] name, byte[] text) {
        int start = 0;
        for (int i = 0; i < text.length; i++) {
            byte b = text[i];
            if (b == '\n' || b == '\r') {
                field(out, name, text, start, i);
                if (b == '\r' && i + 1 < text.length && text[i + 1] == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        field(out, name, text, start, text.length);
    }

    private static void field(FrameBuffer out, byte[] name, byte[] value) {
        field(out, name, value, 0, value.length);
    }

    /** A parser takes one space after the colon away, so there is always one, but where the value is empty. */
    private static void field(FrameBuffer out, byte[] name, byte[] value, int start, int end) {
        out.write(name);
        out.write((byte) ':');
        if (end > start) {
            out.write((byte) ' ');
            out.write(value, start, end - start);
        }
        out.write((byte) '\n');
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
