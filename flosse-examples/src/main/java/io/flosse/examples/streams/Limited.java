package io.flosse.examples.streams;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.throttle.Throttle;
import java.time.Duration;

/** At most two open streams for each client address; a third one is refused and told when to retry. */
public final class Limited {

    private Limited() {}

    public static SseRoute route() {
        return Flosse.stream((request, sink) -> {
                    for (int n = 1; ; n++) {
                        sink.yield("tick", n);
                        Thread.sleep(Duration.ofSeconds(1));
                    }
                })
                .throttles(Throttle.concurrent(2, Throttle.perAddress()));
    }
}
