package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import java.time.Duration;
import java.util.Map;

/** Shows each kind of value that a generator can yield. */
public final class Styles implements Generator {

    private Styles() {}

    public static SseRoute route() {
        return Flosse.stream(new Styles());
    }

    @Override
    public void generate(SseRequest request, Yield sink) {
        sink.yield("hello");
        sink.yield("update", Map.of("count", 1));
        sink.yield("update", Map.of("count", 1), "evt-42");
        sink.yield(Map.of("data", "hi", "event", "greet"));
        sink.yield(Map.of("foo", "bar"));
        sink.yield(SseEvent.of("x").withEvent("y").withId("1").withRetry(Duration.ofSeconds(5)));
        sink.yield(42);
        sink.comment("note");
    }
}
