package io.flosse.examples.recipes;

import io.flosse.EventSink;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import jakarta.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * UI messages for the AI SDK, {@code useChat} with {@code resume: true}. Each answer is a job. It goes on when the page is closed,
 * and a page that is loaded again reads it from the beginning.
 *
 * <p>Add permissions: the id of a chat is enough to read its answer. With several servers, use channels on Redis, and keep the
 * running job of each chat in a database.
 */
public abstract class UiMessages implements HttpService {

    private static final Map<String, String> ERROR = Map.of("type", "error", "errorText", "The answer failed");

    private final Channels channels;

    /** The running jobs by the id of their chat. */
    private final Map<String, String> running = new ConcurrentHashMap<>();

    protected UiMessages(Channels channels) {
        this.channels = channels;
    }

    /**
     * Asks a model. The thread is interrupted when the job is cancelled, not when a client leaves.
     *
     * @param request the body of the request, with {@code messages}
     * @param onText takes the parts of the answer
     */
    protected abstract void answer(JsonObject request, Consumer<String> onText) throws Exception;

    @Override
    public void routing(HttpRules rules) {
        SseRoute start = Flosse.stream((request, sink) -> follow(start(request), sink));
        SseRoute resume = Flosse.stream((request, sink) -> running(request).ifPresent(job -> follow(job, sink)))
                .streamIf(
                        request -> running(request).isPresent(),
                        (request, response) ->
                                response.status(Status.NO_CONTENT_204).send());
        rules.post("/api/chat", configured(start)).get("/api/chat/{id}/stream", configured(resume));
    }

    private static SseRoute configured(SseRoute route) {
        return route.openOnFirstYield().noEndEvent().header("x-vercel-ai-ui-message-stream", "v1");
    }

    private Optional<String> running(SseRequest request) {
        return request.pathParameter("id").map(running::get);
    }

    private String start(SseRequest request) {
        JsonObject body = request.body(JsonObject.class);
        String chat = body.getString("id");
        String job = UUID.randomUUID().toString();
        channels.start(job, sink -> {
            running.put(chat, job);
            try {
                run(body, sink);
            } finally {
                running.remove(chat, job);
            }
        });
        return job;
    }

    private void run(JsonObject request, EventSink sink) throws Exception {
        sink.yield(Map.of("type", "start"));
        sink.yield(Map.of("type", "text-start", "id", "text"));
        answer(request, text -> sink.yield(Map.of("type", "text-delta", "id", "text", "delta", text)));
        sink.yield(Map.of("type", "text-end", "id", "text"));
        sink.yield(Map.of("type", "finish"));
        sink.yield("[DONE]");
    }

    /** Sends the events of a job. An event with a name is flosse's own: the job has failed, or events are missing. */
    private void follow(String job, Yield sink) {
        for (SseEvent event : channels.job(job).orElseThrow().subscribe()) {
            sink.yield(event.event().isPresent() ? ERROR : event);
            if (event.event().isPresent()) {
                return;
            }
        }
    }
}
