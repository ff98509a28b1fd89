package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import java.time.Duration;
import java.util.Map;

/** A quiet stream: one event, and then nothing for as long as the client stays. */
public final class Idle implements Generator {

    private Idle() {}

    public static SseRoute route() {
        return Flosse.stream(new Idle());
    }

    @Override
    public void generate(SseRequest request, Yield sink) throws InterruptedException {
        sink.yield("open", Map.of());
        Thread.sleep(Duration.ofDays(365));
    }
}
