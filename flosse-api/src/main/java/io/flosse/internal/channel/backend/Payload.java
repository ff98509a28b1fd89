package io.flosse.internal.channel.backend;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Json;
import java.nio.charset.StandardCharsets;

/** An event to be published. Its data is text; only its id is missing. */
public final class Payload {

    private final SseEvent event;
    private final byte[] data;

    private Payload(SseEvent event, byte[] data) {
        this.event = event;
        this.data = data;
    }

    /**
     * Encodes an event's data as text.
     *
     * @param event the user's event
     * @param json encodes JSON
     * @return the payload
     * @throws IllegalArgumentException if it has an id or no data, or data that cannot be written as JSON
     */
    public static Payload of(SseEvent event, Json json) {
        event.id().ifPresent(id -> {
            throw new IllegalArgumentException(
                    "A channel assigns the id of an event, but this one has the id '" + id + "': publish it without");
        });
        if (!event.hasData()) {
            throw new IllegalArgumentException(
                    "A channel can't publish an event without data, which no client dispatches: create it by"
                            + " SseEvent.of(data). The option retry of a route sets the reconnection time");
        }
        byte[] data = json.data(event.data());
        return new Payload(withText(event, new String(data, StandardCharsets.UTF_8)), data);
    }

    /**
     * Creates a payload from an event read from a store.
     *
     * @param event the event without its id, its data a string
     * @return the payload
     */
    public static Payload ofText(SseEvent event) {
        return new Payload(event, String.valueOf(event.data()).getBytes(StandardCharsets.UTF_8));
    }

    private static SseEvent withText(SseEvent event, String text) {
        SseEvent textEvent = SseEvent.of(text);
        SseEvent named = event.event().map(textEvent::withEvent).orElse(textEvent);
        return event.retry().map(named::withRetry).orElse(named);
    }

    /**
     * Returns the event without its id.
     *
     * @return the event, its data a string
     */
    public SseEvent event() {
        return event;
    }

    /**
     * Returns the memory that the event takes in a history.
     *
     * @return about as many bytes as {@link HistoryBudget#memory} returns for the framed event
     */
    public long memory() {
        return HistoryBudget.memory(event) + data.length;
    }

    /**
     * Returns the event for the subscribers.
     *
     * @param id the id assigned by the store
     * @return the event and its frame
     */
    public FramedEvent framed(String id) {
        return new FramedEvent(event.withId(id), data);
    }
}
