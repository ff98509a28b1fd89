package io.flosse;

import io.flosse.internal.wire.EventIds;
import io.flosse.internal.wire.FramedEvent;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An immutable event with data and optionally an event name, an id and a retry. An event without data sets the id or the
 * reconnection time of the client, which does not dispatch it: {@link #ofId}, {@link #ofRetry}.
 *
 * <pre>{@code
 * SseEvent.of(Map.of("count", 1)).withEvent("update").withId("42")
 * }</pre>
 *
 * <p>is written as
 *
 * <pre>{@code
 * id: 42
 * event: update
 * data: {"count":1}
 * }</pre>
 *
 * <p>and a blank line. This class rejects values that cannot be framed, so no value can inject a field or an event.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">WHATWG
 *     9.2.6</a>
 */
public sealed class SseEvent permits FramedEvent {

    /** The data of an event that has no data field. */
    private static final Object NO_DATA = new Object() {
        @Override
        public String toString() {
            return "<none>";
        }
    };

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
     * Copies an event. Used by flosse for events that carry their frame.
     *
     * @param that the event whose fields are copied
     */
    protected SseEvent(SseEvent that) {
        this(that.data, that.event, that.id, that.retry);
    }

    /**
     * Creates an event that has only data.
     *
     * @param data the payload: a string is sent unchanged, any other value as JSON, null as JSON {@code null}. It may
     *     contain any character. An unpaired surrogate, which UTF-8 cannot encode, is sent as an escape in JSON and as
     *     U+FFFD in a string
     * @return a new event
     */
    public static SseEvent of(@Nullable Object data) {
        return new SseEvent(data, null, null, null);
    }

    /**
     * Creates an event that has an id and no data, written as {@code id: 42} and a blank line. The client stores the id
     * and dispatches nothing (WHATWG 9.2.6). Some clients, such as the npm package {@code eventsource}, ignore it.
     *
     * @param id the id; the empty string clears the id stored by the client
     * @return a new event
     * @throws IllegalArgumentException if the id contains CR, LF or NUL
     */
    public static SseEvent ofId(String id) {
        return new SseEvent(NO_DATA, null, null, null).withId(id);
    }

    /**
     * Creates an event that has a {@code retry} field and no data, written as {@code retry: 5000} and a blank line. The
     * client changes the time that it waits before it reconnects, and dispatches nothing (WHATWG 9.2.6).
     *
     * @param retry the wait, sent as by {@link #withRetry}
     * @return a new event
     * @throws IllegalArgumentException if it is negative
     */
    public static SseEvent ofRetry(Duration retry) {
        return new SseEvent(NO_DATA, null, null, null).withRetry(retry);
    }

    /**
     * Returns a copy with a name, the {@code event} field. Browsers dispatch an event without a name as
     * {@code message}.
     *
     * @param event the name
     * @return a new event
     * @throws IllegalArgumentException if the name contains CR, LF, NUL or an unpaired surrogate, or if this event has no
     *     data: clients do not dispatch it, so nobody would see its name
     */
    public SseEvent withEvent(String event) {
        if (!hasData()) {
            throw new IllegalArgumentException("An event without data is not dispatched, so it can't have the name '"
                    + event + "': create it by SseEvent.of(data)");
        }
        return new SseEvent(data, singleLine("event", event), id, retry);
    }

    /**
     * Returns a copy with an id. The client stores the id and sends it back as {@code Last-Event-ID}. An event can have
     * any id that the standard allows, but not every id can be sent. A sent id has 1 to 1,024 printable ASCII
     * characters and no space at either end, so that a header can carry it back, or is empty. The id {@code flosse:end}
     * is reserved. Sending another id is an {@link IllegalArgumentException}.
     *
     * @param id the id; the empty string clears the id stored by the client
     * @return a new event
     * @throws IllegalArgumentException if the id contains CR, LF, NUL or an unpaired surrogate
     */
    public SseEvent withId(String id) {
        return new SseEvent(data, event, singleLine("id", id), retry);
    }

    /**
     * Returns a copy with the reserved id {@code flosse:end}, which marks the last event of a stream that is not to be
     * opened again: a client that reconnects with it gets the status 204, which stops it (WHATWG 9.2.3). An event that a
     * route's {@code onError} returns may have it. {@code yield} and {@code publish} refuse it.
     *
     * @return a new event
     */
    public SseEvent withEndId() {
        return withId(EventIds.END);
    }

    /**
     * Returns a copy with a {@code retry} field: the time the client waits before it reconnects.
     *
     * @param retry the wait, sent in whole milliseconds and capped at 2,147,483,647 ms (about 24 days). A client that
     *     runs JavaScript may not wait at all for a longer value
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
     * Returns the payload.
     *
     * @return the payload, null for JSON {@code null} and if there is no data
     */
    public @Nullable Object data() {
        return hasData() ? data : null;
    }

    /**
     * Returns whether the event has data. Clients do not dispatch an event without data.
     *
     * @return false for an event from {@link #ofId} or {@link #ofRetry}
     */
    public boolean hasData() {
        return data != NO_DATA;
    }

    /**
     * Returns the event's name.
     *
     * @return the {@code event} field, empty if there is none
     */
    public Optional<String> event() {
        return Optional.ofNullable(event);
    }

    /**
     * Returns the event's id.
     *
     * @return the {@code id} field, empty if there is none
     */
    public Optional<String> id() {
        return Optional.ofNullable(id);
    }

    /**
     * Returns how long the client waits before it reconnects.
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
            if (Character.isSurrogate(c)) {
                if (i + 1 == value.length() || !Character.isSurrogatePair(c, value.charAt(i + 1))) {
                    throw new IllegalArgumentException(field + " must not contain an unpaired surrogate, which UTF-8"
                            + " cannot encode, but has one at index " + i + ": split text between code points only");
                }
                i++;
            }
        }
        return value;
    }
}
