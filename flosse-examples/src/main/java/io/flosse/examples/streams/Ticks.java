package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import jakarta.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** An endless loop. It ends when the client disconnects, because its thread is then interrupted. */
public final class Ticks implements Generator {

    private Ticks() {}

    public static SseRoute route() {
        return Flosse.stream(new Ticks()).openOnFirstYield();
    }

    @Override
    public void generate(SseRequest request, Yield sink) {
        Duration interval = Query.duration(request, "every", Duration.ofSeconds(1));
        for (long n = 1; ; n++) {
            long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
            sink.yield(
                    "tick",
                    Json.createObjectBuilder().add("n", n).add("t", micros).build());
            sink.sleep(interval);
        }
    }
}
