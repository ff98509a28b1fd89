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
import java.util.Optional;

/** What many clients share: channels, and jobs that outlive their connections. */
final class Together implements HttpService {

    private final Channels channels;
    private final Optional<FlosseRedis> redis;

    private Together(Channels channels, Optional<FlosseRedis> redis) {
        this.channels = channels;
        this.redis = redis;
    }

    /** The one place that says where channels live: in Redis by {@code --flosse.channels=redis}, else in memory. */
    static Together create(Config config) {
        String store = config.get("channels").asString().orElse("memory");
        Optional<FlosseRedis> redis = switch (store) {
            case "memory" -> Optional.empty();
            case "redis" -> {
                String uri = config.get("redis.uri").asString().orElse("redis://127.0.0.1:6379");
                yield Optional.of(FlosseRedis.connect(uri));
            }
            default ->
                throw new IllegalArgumentException("flosse.channels is memory or redis, and not '" + store + "'");
        };
        Channels channels = redis.map(FlosseRedis::channels).orElseGet(Channels::inMemory);
        int events = config.get("history-events").asInt().orElse(1000);
        long bytes = config.get("history-bytes").asLong().orElse(1L << 20);
        return new Together(channels.historyEvents(events).historyBytes(bytes), redis);
    }

    @Override
    public void routing(HttpRules rules) {
        Chat chat = new Chat(channels);
        Answer answer = new Answer(channels);
        rules.post("/channels/{name}", answering(chat::publish))
                .get("/sse/channels/{name}", chat.route())
                .post("/jobs", answering(answer::start))
                .get("/sse/jobs/{id}", answer.route())
                .delete("/jobs/{id}", answering(answer::cancel));
    }

    /** Over HTTP/2, Helidon resets the stream of a handler that throws, so its client would see no status. */
    private static Handler answering(Handler handler) {
        return (request, response) -> {
            try {
                handler.handle(request, response);
            } catch (HttpException refused) {
                response.status(refused.status()).send(refused.getMessage());
            } catch (ChannelUnavailableException away) {
                response.status(Status.SERVICE_UNAVAILABLE_503).send("The channels are not available at the moment");
            }
        };
    }

    @Override
    public void afterStop() {
        channels.close();
        redis.ifPresent(FlosseRedis::close);
    }
}
