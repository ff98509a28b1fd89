package io.flosse.examples;

import io.flosse.channel.Channels;
import io.flosse.examples.streams.Answer;
import io.flosse.examples.streams.Chat;
import io.helidon.http.HttpException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;

/** What many clients share: channels, and jobs that outlive their connections. */
final class Together implements HttpService {

    private final Channels channels;

    private Together(Channels channels) {
        this.channels = channels;
    }

    /** The one place that says where channels live. */
    static Together create() {
        return new Together(Channels.inMemory());
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
            }
        };
    }

    @Override
    public void afterStop() {
        channels.close();
    }
}
