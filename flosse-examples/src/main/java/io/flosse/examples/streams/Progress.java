package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import jakarta.json.Json;
import java.time.Duration;

/** A finite task that reports its progress. The end event tells the browser that it is complete. */
public final class Progress implements Generator {

    private Progress() {}

    public static SseRoute route() {
        return Flosse.stream(new Progress()).retry(Duration.ofSeconds(3)).openOnFirstYield();
    }

    @Override
    public void generate(SseRequest request, Yield sink) throws InterruptedException {
        int steps = Query.integer(request, "steps", 10, 1, 10_000);
        Duration delay = Query.duration(request, "delay", Duration.ofSeconds(1));
        for (int step = 1; step <= steps; step++) {
            sink.yield(
                    "progress",
                    Json.createObjectBuilder()
                            .add("step", step)
                            .add("total", steps)
                            .add("pct", 100 * step / steps)
                            .build());
            Thread.sleep(delay);
        }
        sink.yield(SseEvent.of("All done!").withEvent("complete"));
    }
}
