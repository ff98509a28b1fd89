package io.flosse.examples;

import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.examples.streams.Answer;
import io.flosse.examples.streams.Chat;
import io.flosse.redis.FlosseRedis;
import io.helidon.config.Config;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.time.Duration;

/** The routes for channels, and for jobs that continue without a connected client. */
final class ChannelService implements HttpService {

    private final Channels channels;
    private final Duration bodyTimeout;

    private ChannelService(Channels channels, Duration bodyTimeout) {
        this.channels = channels;
        this.bodyTimeout = bodyTimeout;
    }

    /** Creates the service with channels in memory, or in Redis if {@code --flosse.channels=redis} is set. */
    static ChannelService create(Config config) {
        String store = config.get("channels").asString().orElse("memory");
        Channels.Builder channels = switch (store) {
            case "memory" -> Channels.builder();
            case "redis" ->
                FlosseRedis.connect(config.get("redis.uri").asString().orElse("redis://127.0.0.1:6379"))
                        .channels();
            default ->
                throw new IllegalArgumentException("flosse.channels must be memory or redis, but is '" + store + "'");
        };
        int historyEvents = config.get("history-events").asInt().orElse(1000);
        long historyBytes = config.get("history-bytes").asLong().orElse(1L << 20);
        config.get("history-age").as(Duration.class).ifPresent(channels::historyAge);
        config.get("jobs-kept").as(Duration.class).ifPresent(channels::jobsKept);
        Duration bodyTimeout = config.get("body-timeout").as(Duration.class).orElse(Duration.ofSeconds(30));
        return new ChannelService(
                channels.historyEvents(historyEvents).historyBytes(historyBytes).build(), bodyTimeout);
    }

    @Override
    public void routing(HttpRules rules) {
        Chat chat = new Chat(channels, bodyTimeout);
        Answer answer = new Answer(channels);
        rules.post("/channels/{name}", withErrorStatus(chat::publish))
                .get("/sse/channels/{name}", chat.route())
                .post("/jobs", withErrorStatus(answer::start))
                .get("/sse/jobs/{id}", answer.route())
                .delete("/jobs/{id}", withErrorStatus(answer::cancel));
    }

    /**
     * Wraps a handler so that its exceptions are answered with their status. Over HTTP/2 Helidon resets the stream of a
     * handler that throws, so its client would not get the status.
     */
    private static Handler withErrorStatus(Handler handler) {
        return (request, response) -> {
            try {
                handler.handle(request, response);
            } catch (HttpException e) {
                response.status(e.status()).send(e.getMessage());
            } catch (ChannelUnavailableException e) {
                response.status(Status.SERVICE_UNAVAILABLE_503)
                        .send("The channels are unavailable at the moment: try again later");
            }
        };
    }

    @Override
    public void afterStop() {
        channels.close();
    }
}
