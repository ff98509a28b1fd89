package io.flosse.testing;

import io.flosse.SseEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads an event stream to the letter of WHATWG 9.2.5 and 9.2.6, written from the standard's text alone. It is fed bytes
 * in slices of any size.
 */
final class EventStreamParser {

    private static final char BOM = '\uFEFF';

    private final Consumer<SseEvent> dispatch;
    private final List<String> comments = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean firstLine = true;
    private boolean afterCr;

    private final StringBuilder data = new StringBuilder();
    private String eventType = "";
    private String idBuffer = "";
    private String lastEventId = "";
    private Optional<Duration> retry = Optional.empty();

    EventStreamParser(Consumer<SseEvent> dispatch) {
        this.dispatch = dispatch;
    }

    /** Takes the next bytes. What is not ended by a blank line is never dispatched. */
    void feed(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            boolean lfOfCrLf = afterCr && b == '\n';
            afterCr = b == '\r';
            if (lfOfCrLf) {
                continue;
            }
            if (b == '\n' || b == '\r') {
                endLine();
            } else {
                line.write(b);
            }
        }
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
            comments.add(withoutLeadingSpace(text.substring(1)));
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
                if (value.matches("[0-9]{1,18}")) {
                    retry = Optional.of(Duration.ofMillis(Long.parseLong(value)));
                }
            }
            default -> {
                // "The field is ignored."
            }
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

    /** The comments so far, line by line. */
    List<String> comments() {
        return List.copyOf(comments);
    }

    /** What a client would send as {@code Last-Event-ID} now. */
    String lastEventId() {
        return lastEventId;
    }

    /** The reconnection time, if the stream has set one. */
    Optional<Duration> retry() {
        return retry;
    }
}
