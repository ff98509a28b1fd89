package io.flosse.examples.streams;

import io.flosse.EventSink;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.HttpException;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * A job that continues without a connected client. It publishes an answer word by word. Every client that knows its id
 * can read the answer from the beginning.
 */
public final class Answer {

    private static final String[] TEXT =
            ("A fish that stops swimming sinks, and a stream that stops flowing is a pond. "
                            + "So this answer goes on whether you listen or not: leave, come back, open it twice, "
                            + "and each time you get every word of it once, in order, from the first to the latest.")
                    .split(" ");

    /** The maximum number of running jobs: anybody may start one, and each lasts for minutes. */
    private static final int MAX_RUNNING = 100;

    private final Semaphore places = new Semaphore(MAX_RUNNING);
    private final Channels channels;

    public Answer(Channels channels) {
        this.channels = channels;
    }

    public SseRoute route() {
        return Flosse.subscribe(request -> request.pathParameter("id")
                        .flatMap(channels::job)
                        .orElseThrow(() -> new NotFoundException("There is no such job, or its history has expired")))
                .retry(Duration.ofSeconds(1));
    }

    public void start(ServerRequest request, ServerResponse response) {
        int words = Query.integer("words", request.query().first("words").orElse("200"), 1, 10_000);
        if (!places.tryAcquire()) {
            throw new HttpException(
                    "Too many answers are being written: try again later", Status.SERVICE_UNAVAILABLE_503);
        }
        Responses.accepted(response, startJob(words));
    }

    /** Starts a job, which releases its place when it ends. */
    private String startJob(int words) {
        boolean started = false;
        try {
            String id = channels.start(sink -> {
                try {
                    writeWords(words, sink);
                } finally {
                    places.release();
                }
            });
            started = true;
            return id;
        } finally {
            if (!started) {
                places.release();
            }
        }
    }

    public void cancel(ServerRequest request, ServerResponse response) {
        if (!channels.cancel(request.path().pathParameters().get("id"))) {
            throw new NotFoundException("There is no such running job");
        }
        response.status(Status.NO_CONTENT_204).send();
    }

    private static void writeWords(int words, EventSink sink) throws InterruptedException {
        for (int n = 1; n <= words; n++) {
            String word = TEXT[(n - 1) % TEXT.length];
            sink.yield(
                    "token",
                    Json.createObjectBuilder().add("n", n).add("word", word).build());
            Thread.sleep(Duration.ofMillis(50));
        }
    }
}
