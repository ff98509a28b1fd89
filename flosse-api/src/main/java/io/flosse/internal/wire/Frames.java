package io.flosse.internal.wire;

import io.flosse.SseEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The encoder of frames (WHATWG 9.2.5 and 9.2.6). No other class contains the wire format.
 *
 * <p>Field order: retry, id, event, data. Lines end with LF, a blank line ends an event, the encoding is UTF-8. A
 * comment and a lone retry field are lines without a blank line after them.
 */
public final class Frames {

    private static final byte[] RETRY = ascii("retry: ");
    private static final byte[] ID = ascii("id");
    private static final byte[] EVENT = ascii("event");
    private static final byte[] DATA = ascii("data");
    private static final byte[] NO_NAME = {};
    private static final byte[] COLON = ascii(":");
    private static final byte[] COLON_SPACE = ascii(": ");

    /** About 24 days. A JavaScript timer with a longer wait fires immediately. */
    private static final Duration MAX_RETRY = Duration.ofMillis(Integer.MAX_VALUE);

    private Frames() {}

    /**
     * Writes an event.
     *
     * @param out the destination
     * @param event its event, id and retry, already validated
     * @param data its data in UTF-8; null for a frame without a data field, which clients do not dispatch. If it has
     *     only a retry, this writes the same as {@link #retry}
     */
    public static void event(FrameBuffer out, SseEvent event, byte @Nullable [] data) {
        fields(out, event);
        if (data != null) {
            lines(out, DATA, data, data.length);
        } else if (event.id().isEmpty() && event.event().isEmpty()) {
            return;
        }
        blankLine(out);
    }

    /**
     * Writes an event that was framed before.
     *
     * @param out the destination
     * @param event the event
     */
    public static void framed(FrameBuffer out, FramedEvent event) {
        out.write(event.frame());
    }

    /**
     * Writes an event with JSON data.
     *
     * @param out the destination
     * @param event its event, id and retry, already validated
     * @param data its data
     */
    public static void jsonEvent(FrameBuffer out, SseEvent event, JsonBuffer data) {
        fields(out, event);
        lines(out, DATA, data.array(), data.length());
        blankLine(out);
    }

    /**
     * Writes an event with text data.
     *
     * @param out the destination
     * @param event its event, id and retry, already validated
     * @param data its data
     */
    public static void textEvent(FrameBuffer out, SseEvent event, String data) {
        fields(out, event);
        lines(out, DATA, data);
        blankLine(out);
    }

    /**
     * Writes a retry field alone. It takes effect at the end of its line. No blank line follows, because some clients
     * deliver an empty event for one.
     *
     * @param out the destination
     * @param retry how long the client waits before it reconnects, not negative
     */
    public static void retry(FrameBuffer out, Duration retry) {
        out.write(RETRY);
        out.writeDecimal(millis(retry));
        out.write((byte) '\n');
    }

    /**
     * Writes a comment; each line of the text becomes a comment line. No blank line follows, because some clients
     * deliver an empty event for one.
     *
     * @param out the destination
     * @param text the comment; if empty, the line is only a colon
     */
    public static void comment(FrameBuffer out, String text) {
        lines(out, NO_NAME, text);
    }

    /**
     * Writes a blank line, which ends a frame. After lines that are not an event, it changes nothing for a client that
     * follows the standard.
     *
     * @param out the destination
     */
    public static void blankLine(FrameBuffer out) {
        out.write((byte) '\n');
    }

    /**
     * Returns whether the last frame written ends with a blank line.
     *
     * @param out the buffer
     * @param start the index of the first byte of the frame
     * @return false if its last line is a comment or a retry field, or if it is empty
     */
    public static boolean endsWithBlankLine(FrameBuffer out, int start) {
        int end = out.length();
        return end - start >= 2 && out.array()[end - 1] == '\n' && out.array()[end - 2] == '\n';
    }

    private static void fields(FrameBuffer out, SseEvent event) {
        if (event.retry().isPresent()) {
            retry(out, event.retry().get());
        }
        if (event.id().isPresent()) {
            String id = event.id().get();
            field(out, ID, id, 0, id.length());
        }
        if (event.event().isPresent()) {
            String name = event.event().get();
            field(out, EVENT, name, 0, name.length());
        }
    }

    /** Converts to milliseconds, rounded up so that a positive wait never becomes 0. */
    private static long millis(Duration duration) {
        return duration.compareTo(MAX_RETRY) < 0 ? duration.plusNanos(999_999).toMillis() : MAX_RETRY.toMillis();
    }

    /** Writes one field per line. Lines end at CRLF, CR and LF only; an empty text is one line. */
    private static void lines(FrameBuffer out, byte[] name, byte[] text, int length) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            byte b = text[i];
            if (b == '\n' || b == '\r') {
                field(out, name, text, start, i);
                if (b == '\r' && i + 1 < length && text[i + 1] == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        field(out, name, text, start, length);
    }

    /** Does the same for a string. Most texts have one line, and {@code indexOf} is faster than a loop. */
    private static void lines(FrameBuffer out, byte[] name, String text) {
        int start = 0;
        int lf = text.indexOf('\n');
        int cr = text.indexOf('\r');
        while (lf >= 0 || cr >= 0) {
            boolean atCr = cr >= 0 && (lf < 0 || cr < lf);
            int end = atCr ? cr : lf;
            field(out, name, text, start, end);
            start = atCr && lf == cr + 1 ? end + 2 : end + 1;
            lf = lf >= 0 && lf < start ? text.indexOf('\n', start) : lf;
            cr = cr >= 0 && cr < start ? text.indexOf('\r', start) : cr;
        }
        field(out, name, text, start, text.length());
    }

    /**
     * Writes one line. A parser removes one space after the colon, so one is always written unless the value is empty.
     */
    private static void field(FrameBuffer out, byte[] name, byte[] value, int start, int end) {
        out.write(name);
        out.write(end > start ? COLON_SPACE : COLON);
        out.write(value, start, end - start);
        out.write((byte) '\n');
    }

    private static void field(FrameBuffer out, byte[] name, String value, int start, int end) {
        out.write(name);
        out.write(end > start ? COLON_SPACE : COLON);
        out.write(value, start, end);
        out.write((byte) '\n');
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
