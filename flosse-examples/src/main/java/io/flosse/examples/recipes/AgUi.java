package io.flosse.examples.recipes;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import jakarta.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** An agent for the clients of AG-UI. Their {@code abortRun} closes the connection, which interrupts the agent. */
public abstract class AgUi implements HttpService {

    private static final SseEvent ERROR = SseEvent.of(Map.of("type", "RUN_ERROR", "message", "The agent failed"));

    /**
     * Runs the agent. The thread is interrupted when the client leaves. An exception is sent as {@code RUN_ERROR}.
     *
     * @param input the body of the request, with {@code messages}, {@code tools} and {@code state}
     * @param onText takes the parts of the answer, which are not empty
     */
    protected abstract void answer(JsonObject input, Consumer<String> onText) throws Exception;

    @Override
    public void routing(HttpRules rules) {
        rules.post("/agent", Flosse.stream(this::run).openOnFirstYield().onError(thrown -> Optional.of(ERROR)));
    }

    private void run(SseRequest request, Yield sink) throws Exception {
        JsonObject input = request.body(JsonObject.class);
        String thread = input.getString("threadId");
        String run = input.getString("runId");
        String message = UUID.randomUUID().toString();
        sink.yield(SseEvent.of(Map.of("type", "RUN_STARTED", "threadId", thread, "runId", run)));
        sink.yield(SseEvent.of(Map.of("type", "TEXT_MESSAGE_START", "messageId", message, "role", "assistant")));
        answer(input, text -> {
            sink.yield(SseEvent.of(Map.of("type", "TEXT_MESSAGE_CONTENT", "messageId", message, "delta", text)));
        });
        sink.yield(SseEvent.of(Map.of("type", "TEXT_MESSAGE_END", "messageId", message)));
        sink.yield(SseEvent.of(Map.of("type", "RUN_FINISHED", "threadId", thread, "runId", run)));
    }
}
