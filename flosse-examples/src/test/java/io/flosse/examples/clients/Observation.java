package io.flosse.examples.clients;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client showed in one scenario.
 *
 * @param shown how the stream ended for the client: {@code ends}, {@code error}, {@code error 401} or {@code goes on}, if the
 *     client did not stop
 */
record Observation(List<Event> events, String shown) {

    /** An event; null is what the client does not show. */
    record Event(@Nullable String name, @Nullable String id, String data) {}

    /** Reads the report of {@code scenarios.mjs}. */
    static Observation of(JsonObject report) {
        return new Observation(
                report.getJsonArray("events").getValuesAs(event -> {
                    List<JsonValue> values = event.asJsonArray();
                    return new Event(text(values.get(0)), text(values.get(1)), String.valueOf(text(values.get(2))));
                }),
                report.getString("shown"));
    }

    private static @Nullable String text(JsonValue value) {
        return value instanceof JsonString string ? string.getString() : null;
    }

    /** Returns the data of the events without that of flosse's {@code end} and without empty events. */
    List<String> data() {
        return events.stream()
                .filter(event -> !"end".equals(event.name))
                .map(Event::data)
                .filter(data -> !data.isEmpty())
                .toList();
    }

    /** Returns the number of events without data. The server sends none. */
    long empty() {
        return events.stream().filter(event -> event.data.isEmpty()).count();
    }
}
