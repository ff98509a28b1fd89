package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.util.Map;

/**
 * Fails after some events: the client gets a random reference, and the exception is logged under that reference. A throttle
 * limits how much a client can write into the log.
 */
public final class Fail implements Generator {

    private Fail() {}

    public static SseRoute route() {
        return Flosse.stream(new Fail())
                .openOnFirstYield()
                .throttles(Throttle.rate(20, Duration.ofMinutes(1), Throttle.perAddress()));
    }

    @Override
    public void generate(SseRequest request, Yield sink) {
        int after = Query.integer(request, "after", 3, 0, 10_000);
        for (int n = 1; n <= after; n++) {
            sink.yield("tick", Map.of("n", n));
        }
        throw new IllegalStateException("The database password is hunter2: clients must not see this message");
    }
}
