package io.flosse.testing;

import io.flosse.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A parser of event streams that follows WHATWG HTML 9.2.5 and 9.2.6 literally. It was written from the text of the
 * standard only, independent of the writer of flosse. It accepts bytes in slices of any size.
 */
final class EventStreamParser {

    private static final char BOM = '\uFEFF';

    private final Consumer<SseEvent> dispatch;
    private final Consumer<String> comment;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean firstLine = true;
    private boolean afterCr;

    private final StringBuilder data = new StringBuilder();
    private String eventType = "";
    private String idBuffer = "";
    private String lastEventId = "";
    private Optional<Duration> retry = Optional.empty();

    /**
     * Creates a parser.
     *
     * @param dispatch receives the events
     * @param comment receives the comments, line by line
     */
    EventStreamParser(Consumer<SseEvent> dispatch, Consumer<String> comment) {
        this.dispatch = dispatch;
        this.comment = comment;
    }

    /** Parses the next bytes. An event without a blank line after it is never dispatched. */
    void feed(byte[] bytes, int offset, int length) {
        int start = offset;
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            boolean isLfOfCrLf = afterCr && b == '\n';
            afterCr = b == '\r';
            if (isLfOfCrLf) {
                start = i + 1;
            } else if (b == '\n' || b == '\r') {
                line.write(bytes, start, i - start);
                endLine();
                start = i + 1;
            }
        }
        line.write(bytes, start, offset + length - start);
    }

    private void endLine() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (firstLine && !text.isEmpty() && text.charAt(0) == BOM) {
            text = text.substring(1);
        }
        firstLine = false;
        if (text.isEmpty()) {
            endEvent();
        } else if (text.startsWith(":")) {
            comment.accept(withoutLeadingSpace(text.substring(1)));
        } else {
            int colon = text.indexOf(':');
            String field = colon < 0 ? text : text.substring(0, colon);
            field(field, colon < 0 ? "" : withoutLeadingSpace(text.substring(colon + 1)));
        }
    }

    private static String withoutLeadingSpace(String value) {
        return value.startsWith(" ") ? value.substring(1) : value;
    }

    private void field(String name, String value) {
        switch (name) {
            case "event" -> eventType = value;
            case "data" -> data.append(value).append('\n');
            case "id" -> {
                if (value.indexOf('\0') < 0) {
                    idBuffer = value;
                }
            }
            case "retry" -> {
                if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    retry = Optional.of(Duration.ofMillis(millis(value)));
                }
            }
            default -> {
                // "The field is ignored."
            }
        }
    }

    /** Parses a number; returns the largest long if it is larger than that. */
    private static long millis(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException tooLarge) {
            return Long.MAX_VALUE;
        }
    }

    private void endEvent() {
        lastEventId = idBuffer;
        if (!data.isEmpty()) {
            SseEvent event = SseEvent.of(data.substring(0, data.length() - 1));
            event = eventType.isEmpty() ? event : event.withEvent(eventType);
            dispatch.accept(lastEventId.isEmpty() ? event : event.withId(lastEventId));
        }
        data.setLength(0);
        eventType = "";
    }

    /** Returns the size of the unfinished line and event, in bytes and characters. */
    long pendingSize() {
        return (long) line.size() + data.length();
    }

    /** Returns what a client would send as {@code Last-Event-ID} now; empty if there was no id. */
    String lastEventId() {
        return lastEventId;
    }

    /** Returns the reconnection time, if the stream has set one. */
    Optional<Duration> retry() {
        return retry;
    }
}
