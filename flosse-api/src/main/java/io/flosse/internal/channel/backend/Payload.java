package io.flosse.internal.channel.backend;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Json;
import java.nio.charset.StandardCharsets;

/** An event that is about to be published: its data is text, only its id is missing. */
public final class Payload {

    private final SseEvent event;
    private final byte[] data;

    private Payload(SseEvent event, byte[] data) {
        this.event = event;
        this.data = data;
    }

    /**
     * Makes text of an event's data.
     *
     * @param event the event as the user gave it
     * @param json makes JSON
     * @return the payload
     * @throws IllegalArgumentException if it brings an id, or data that is no JSON
     */
    public static Payload of(SseEvent event, Json json) {
        event.id().ifPresent(id -> {
            throw new IllegalArgumentException(
                    "A channel gives each event its id, but this one brings '" + id + "': publish it without");
        });
        byte[] data = json.data(event.data());
        return new Payload(withText(event, new String(data, StandardCharsets.UTF_8)), data);
    }

    /**
     * A payload as a store gives it back.
     *
     * @param event the event without its id, its data a string
     * @return the payload
     */
    public static Payload ofText(SseEvent event) {
        return new Payload(event, String.valueOf(event.data()).getBytes(StandardCharsets.UTF_8));
    }

    private static SseEvent withText(SseEvent event, String text) {
        SseEvent texted = SseEvent.of(text);
        SseEvent named = event.event().map(texted::withEvent).orElse(texted);
        return event.retry().map(named::withRetry).orElse(named);
    }

    /**
     * The event without its id.
     *
     * @return the event, its data a string
     */
    public SseEvent event() {
        return event;
    }

    /**
     * The event as it goes to all subscribers.
     *
     * @param id the id that it got
     * @return the event and its frame
     */
    public FramedEvent framed(String id) {
        return new FramedEvent(event.withId(id), data);
    }
}
