package io.flosse.examples.streams;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;

/** Channels: every subscriber gets every published event. New and reconnecting clients get the history first. */
public final class Chat {

    private final Channels channels;

    public Chat(Channels channels) {
        this.channels = channels;
    }

    public SseRoute route() {
        return Flosse.subscribe(request ->
                        channel(request.pathParameter("name").orElse("")).withHistory())
                .retry(Duration.ofSeconds(1));
    }

    /** Publishes the request body: as JSON if that is its content type, else as text. */
    public void publish(ServerRequest request, ServerResponse response) {
        Channel channel = channel(request.path().pathParameters().get("name"));
        SseEvent event = SseEvent.of(Body.read(request));
        String name = request.query().first("event").orElse("");
        Responses.accepted(response, channel.publish(name.isEmpty() ? event : withName(event, name)));
    }

    private Channel channel(String name) {
        try {
            return channels.channel(name);
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }

    private static SseEvent withName(SseEvent event, String name) {
        try {
            return event.withEvent(name);
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }
}
