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

/** Channels: what one posts, all who listen hear, and so do those who come later, or come back. */
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

    /** Publishes the body: text, or JSON by its content type. */
    public void publish(ServerRequest request, ServerResponse response) {
        Channel channel = channel(request.path().pathParameters().get("name"));
        SseEvent event = SseEvent.of(Body.read(request));
        String name = request.query().first("event").orElse("");
        Answers.accepted(response, channel.publish(name.isEmpty() ? event : named(event, name)));
    }

    private Channel channel(String name) {
        try {
            return channels.channel(name);
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }

    private static SseEvent named(SseEvent event, String name) {
        try {
            return event.withEvent(name);
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }
}
