package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import java.time.Duration;
import java.util.Map;

/**
 * A stream that a client can resume: each event has an id, and a reconnecting client sends the last id that it
 * received.
 */
public final class Resume implements Generator {

    private static final int MAX = 1_000_000_000;

    private Resume() {}

    public static SseRoute route() {
        return Flosse.stream(new Resume()).retry(Duration.ofMillis(500)).openOnFirstYield();
    }

    @Override
    public void generate(SseRequest request, Yield sink) throws InterruptedException {
        int from = Query.integer(request, "from", 1, 0, MAX);
        int to = Query.integer(request, "to", 1000, 0, MAX);
        Duration interval = Query.duration(request, "every", Duration.ofMillis(10));
        int first = request.lastEventId()
                .map(id -> Query.integer("Last-Event-ID", id, 0, MAX) + 1)
                .orElse(from);
        for (int number = first; number <= to; number++) {
            sink.yield("item", Map.of("n", number), Integer.toString(number));
            Thread.sleep(interval);
        }
    }
}
