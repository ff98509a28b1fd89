package io.flosse.examples.streams;

import io.flosse.Yield;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import java.time.Duration;

/** A job that outlives its connections: it types an answer, and whoever knows its id reads along, from the beginning. */
public final class Answer {

    private static final String[] TEXT =
            ("A fish that stops swimming sinks, and a stream that stops flowing is a pond. "
                            + "So this answer goes on whether you listen or not: leave, come back, open it twice, "
                            + "and each time you get every word of it once, in order, from the first to the latest.")
                    .split(" ");

    private final Channels channels;

    public Answer(Channels channels) {
        this.channels = channels;
    }

    public SseRoute route() {
        return Flosse.subscribe(request -> request.pathParameter("id")
                        .flatMap(channels::job)
                        .orElseThrow(() -> new NotFoundException("No such job, or it is long over")))
                .retry(Duration.ofSeconds(1));
    }

    public void start(ServerRequest request, ServerResponse response) {
        int words = Query.integer("words", request.query().first("words").orElse("200"), 1, 10_000);
        Answers.accepted(response, channels.start(sink -> type(words, sink)));
    }

    public void cancel(ServerRequest request, ServerResponse response) {
        if (!channels.cancel(request.path().pathParameters().get("id"))) {
            throw new NotFoundException("No such job is running");
        }
        response.status(Status.NO_CONTENT_204).send();
    }

    private static void type(int words, Yield sink) throws InterruptedException {
        for (int n = 1; n <= words; n++) {
            String word = TEXT[(n - 1) % TEXT.length];
            sink.yield(
                    "token",
                    Json.createObjectBuilder().add("n", n).add("word", word).build());
            Thread.sleep(Duration.ofMillis(50));
        }
    }
}
