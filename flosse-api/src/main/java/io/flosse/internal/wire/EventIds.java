package io.flosse.internal.wire;

import io.flosse.SseEvent;

/** The rules for the ids of events that are sent. {@link SseEvent} itself holds any id that the standard allows. */
public final class EventIds {

    /**
     * The reserved id of the last event of a finished stream. A client that sends it back as {@code Last-Event-ID} has
     * received the complete stream.
     */
    public static final String END = "flosse:end";

    private EventIds() {}

    /**
     * Checks the id of an event before the event is sent.
     *
     * @param event an event of user code
     * @return the same event
     * @throws IllegalArgumentException if its id is reserved, with or without white space around it
     */
    public static SseEvent requireSendable(SseEvent event) {
        // A header loses the white space around its value, so such an id would come back as the reserved one.
        if (event.id().map(String::strip).filter(END::equals).isPresent()) {
            throw new IllegalArgumentException("The id '" + END
                    + "' is reserved: a client that reconnects with it gets status 204 and no further event. To end a"
                    + " stream for good, return from the generator; otherwise use another id");
        }
        return event;
    }
}
