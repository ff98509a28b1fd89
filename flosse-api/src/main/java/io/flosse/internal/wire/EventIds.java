package io.flosse.internal.wire;

import io.flosse.SseEvent;
import io.flosse.internal.LogSanitizer;
import java.util.Locale;

/** The rules for the ids of events that are sent. {@link SseEvent} itself holds any id that the standard allows. */
public final class EventIds {

    /**
     * The reserved id of the last event of a finished stream. A client that sends it back as {@code Last-Event-ID} has
     * received the complete stream.
     */
    public static final String END = "flosse:end";

    private static final int MAX_LENGTH = 1_024;

    /** The length from which an exception message shows only the beginning of an id. */
    private static final int MAX_SHOWN = 40;

    private EventIds() {}

    /**
     * Checks the id of an event before the event is sent. A client sends the id back in a header, which can carry only
     * 1 to 1,024 printable ASCII characters without spaces at the ends. An empty id is the standard's reset: its
     * client sends no header.
     *
     * @param event an event of user code
     * @return the same event
     * @throws IllegalArgumentException if a header could not send its id back unchanged, or if its id is reserved
     */
    public static SseEvent requireSendable(SseEvent event) {
        if (event.id().isPresent()) {
            requireSendable(event.id().get());
        }
        return event;
    }

    private static void requireSendable(String id) {
        // A header loses the white space around its value, so such an id would come back as the reserved one.
        if (id.strip().equals(END)) {
            throw new IllegalArgumentException("The id '" + END
                    + "' is reserved: a client that reconnects with it gets status 204 and no further event. To end a"
                    + " stream for good, return from the generator; otherwise use another id");
        }
        if (id.length() > MAX_LENGTH) {
            throw notSendable(id, "has " + id.length() + " characters");
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c < ' ' || c > '~') {
                throw notSendable(
                        id, String.format(Locale.ROOT, "has the character U+%04X at index %d", id.codePointAt(i), i));
            }
        }
        if (id.startsWith(" ") || id.endsWith(" ")) {
            throw notSendable(id, "starts or ends with a space");
        }
    }

    private static IllegalArgumentException notSendable(String id, String problem) {
        String shown = LogSanitizer.of(id.length() > MAX_SHOWN ? id.substring(0, MAX_SHOWN) + "..." : id);
        return new IllegalArgumentException("The id '" + shown + "' " + problem
                + ", so a client could not send it back unchanged in the header Last-Event-ID. Use an id of 1 to "
                + MAX_LENGTH + " printable ASCII characters without spaces at the ends, such as a number, or encode it"
                + " with URLEncoder");
    }
}
