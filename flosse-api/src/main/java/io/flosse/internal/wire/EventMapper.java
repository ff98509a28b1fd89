package io.flosse.internal.wire;

import io.flosse.SseEvent;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps yielded values to events. */
public final class EventMapper {

    private EventMapper() {}

    /**
     * Returns the event for {@code yield(value)}.
     *
     * @param value the value
     * @return the event
     * @throws NullPointerException if the value is null
     * @throws IllegalArgumentException if it is a map of fields with an invalid field, or its id can't be sent
     */
    public static SseEvent event(@Nullable Object value) {
        if (value == null) {
            throw new NullPointerException(
                    "yield(null) is not allowed; to send JSON null use yield(event, null) or SseEvent.of(null)");
        }
        if (value instanceof SseEvent event) {
            return EventIds.requireSendable(event);
        }
        if (value instanceof Map<?, ?> map && map.containsKey("data")) {
            return EventIds.requireSendable(fields(map));
        }
        return SseEvent.of(value);
    }

    /**
     * Returns the event for {@code yield(event, data, id)}.
     *
     * @param event its name
     * @param data the payload
     * @param id its id
     * @return the event
     * @throws IllegalArgumentException if the name or the id can't be sent
     */
    public static SseEvent event(String event, @Nullable Object data, String id) {
        return EventIds.requireSendable(SseEvent.of(data).withEvent(event).withId(id));
    }

    private static SseEvent fields(Map<?, ?> map) {
        SseEvent event = SseEvent.of(map.get("data"));
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            event = withField(event, entry.getKey(), entry.getValue());
        }
        return event;
    }

    private static SseEvent withField(SseEvent event, @Nullable Object key, @Nullable Object value) {
        return switch (String.valueOf(key)) {
            case "data" -> event;
            case "event" -> value == null ? event : event.withEvent(text("event", value));
            case "id" -> value == null ? event : event.withId(id(value));
            case "retry" -> value == null ? event : event.withRetry(duration(value));
            default ->
                throw new IllegalArgumentException(
                        "A map with the key 'data' gives the fields data, event, id and retry; '" + key
                                + "' is none of them. To send the whole map as JSON, yield SseEvent.of(map)");
        };
    }

    private static String id(Object value) {
        return value instanceof Number number ? number.toString() : text("id", value);
    }

    private static String text(String field, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("The field '" + field + "' of a map must be a string, but is a "
                + value.getClass().getName());
    }

    private static Duration duration(Object value) {
        if (value instanceof Duration duration) {
            return duration;
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            return Duration.ofMillis(((Number) value).longValue());
        }
        throw new IllegalArgumentException(
                "The field 'retry' of a map must be a Duration or a whole number of milliseconds, but is " + value);
    }
}
