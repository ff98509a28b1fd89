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
    private final Duration bodyTimeout;

    public Chat(Channels channels, Duration bodyTimeout) {
        this.channels = channels;
        this.bodyTimeout = bodyTimeout;
    }

    public SseRoute route() {
        return Flosse.subscribe(request ->
                        channel(request.pathParameter("name").orElse("")).withHistory())
                .retry(Duration.ofSeconds(1));
    }

    /** Publishes the request body: as JSON if that is its content type, else as text. */
    public void publish(ServerRequest request, ServerResponse response) throws InterruptedException {
        Channel channel = channel(request.path().pathParameters().get("name"));
        SseEvent event = SseEvent.of(Body.read(request, bodyTimeout));
        String name = request.query().first("event").orElse("");
        Responses.accepted(response, publish(channel, event, name));
    }

    private Channel channel(String name) {
        try {
            return channels.channel(name);
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }

    /** Publishes an event and returns its id. Whatever the client sent, an invalid value is an error of the client. */
    private static String publish(Channel channel, SseEvent event, String name) {
        try {
            return channel.publish(name.isEmpty() ? event : event.withEvent(name));
        } catch (IllegalArgumentException e) {
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400);
        }
    }
}
