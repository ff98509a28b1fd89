package io.flosse.examples.streams;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Map;

/** An idle stream: one event, and then only heartbeats until the client disconnects. */
public final class Idle implements Generator {

    private static final SseRoute ROUTE = Flosse.stream(new Idle());

    private Idle() {}

    /** Sets the heartbeat for a single request: routes are immutable and cheap to create. */
    public static void handle(ServerRequest request, ServerResponse response) {
        String interval = request.query().first("heartbeat").orElse("PT8S");
        route(Query.duration("heartbeat", interval)).handle(request, response);
    }

    private static SseRoute route(Duration heartbeat) {
        try {
            return ROUTE.heartbeat(heartbeat);
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }

    @Override
    public void generate(SseRequest request, Yield sink) throws InterruptedException {
        sink.yield("open", Map.of());
        Thread.sleep(Duration.ofDays(365));
    }
}
