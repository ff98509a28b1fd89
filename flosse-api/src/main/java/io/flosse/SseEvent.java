package io.flosse;

import io.flosse.internal.wire.FramedEvent;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One event, immutable: data, and optionally event, id and retry.
 *
 * <pre>{@code
 * SseEvent.of(Map.of("count", 1)).withEvent("update").withId("42")
 * }</pre>
 *
 * <p>is on the wire
 *
 * <pre>{@code
 * id: 42
 * event: update
 * data: {"count":1}
 * }</pre>
 *
 * <p>and a blank line. What cannot be framed is refused here, so that no value can inject a field or an event.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">WHATWG
 *     9.2.6</a>
 */
public sealed class SseEvent permits FramedEvent {

    private final @Nullable Object data;
    private final @Nullable String event;
    private final @Nullable String id;
    private final @Nullable Duration retry;

    private SseEvent(@Nullable Object data, @Nullable String event, @Nullable String id, @Nullable Duration retry) {
        this.data = data;
        this.event = event;
        this.id = id;
        this.retry = retry;
    }

    /**
     * For flosse: an event that has its frame with it.
     *
     * @param that the event whose fields it has
     */
    protected SseEvent(SseEvent that) {
        this(that.data, that.event, that.id, that.retry);
    }

    /**
     * An event with data alone.
     *
     * @param data the payload: a string is sent as it is, anything else as JSON; null is JSON {@code null}. It may hold
     *     any character
     * @return a new event
     */
    public static SseEvent of(@Nullable Object data) {
        return new SseEvent(data, null, null, null);
    }

    /**
     * This event with a name, the {@code event} field; without one, browsers dispatch it as {@code message}.
     *
     * @param event the name
     * @return a new event
     * @throws IllegalArgumentException if the name holds CR, LF or NUL
     */
    public SseEvent withEvent(String event) {
        return new SseEvent(data, singleLine("event", event), id, retry);
    }

    /**
     * This event with an id, which the client remembers and sends back as {@code Last-Event-ID}.
     *
     * @param id the id; the empty string resets what the client remembers
     * @return a new event
     * @throws IllegalArgumentException if the id holds CR, LF or NUL
     */
    public SseEvent withId(String id) {
        return new SseEvent(data, event, singleLine("id", id), retry);
    }

    /**
     * This event with a {@code retry} field: how long the client waits before it reconnects.
     *
     * @param retry the wait, sent as whole milliseconds; at most 2,147,483,647 of them, some 24 days, since a client that runs
     *     JavaScript may not wait at all when it is told to wait longer
     * @return a new event
     * @throws IllegalArgumentException if it is negative
     */
    public SseEvent withRetry(Duration retry) {
        if (retry.isNegative()) {
            throw new IllegalArgumentException("retry must not be negative, but is " + retry);
        }
        return new SseEvent(data, event, id, retry);
    }

    /**
     * The payload.
     *
     * @return the payload, null for JSON {@code null}
     */
    public @Nullable Object data() {
        return data;
    }

    /**
     * The event's name.
     *
     * @return the {@code event} field, empty if there is none
     */
    public Optional<String> event() {
        return Optional.ofNullable(event);
    }

    /**
     * The event's id.
     *
     * @return the {@code id} field, empty if there is none
     */
    public Optional<String> id() {
        return Optional.ofNullable(id);
    }

    /**
     * The client's wait before it reconnects.
     *
     * @return the {@code retry} field, empty if there is none
     */
    public Optional<Duration> retry() {
        return Optional.ofNullable(retry);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SseEvent that
                && Objects.equals(data, that.data)
                && Objects.equals(event, that.event)
                && Objects.equals(id, that.id)
                && Objects.equals(retry, that.retry);
    }

    @Override
    public int hashCode() {
        return Objects.hash(data, event, id, retry);
    }

    @Override
    public String toString() {
        return "SseEvent[data=" + data + ", event=" + event + ", id=" + id + ", retry=" + retry + "]";
    }

    private static String singleLine(String field, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\n' || c == '\r' || c == 0) {
                String name = c == '\n' ? "LF" : c == '\r' ? "CR" : "NUL";
                throw new IllegalArgumentException(
                        field + " must not contain " + name + ", but has it at index " + i + "; only data may");
            }
        }
        return value;
    }
}
