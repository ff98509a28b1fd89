package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;

/** Sends a number of events as fast as possible. Their data is JSON text, which is sent without encoding. */
public final class Burst implements Generator {

    private static final String VALUE = "0123456789abcdef0123456789abcdef";

    private Burst() {}

    public static SseRoute route() {
        return Flosse.stream(new Burst()).openOnFirstYield();
    }

    @Override
    public void generate(SseRequest request, Yield sink) {
        int count = Query.integer(request, "n", 100_000, 1, 10_000_000);
        for (int i = 0; i < count; i++) {
            sink.yield("tick", "{\"i\":" + i + ",\"v\":\"" + VALUE + "\"}");
        }
    }
}
