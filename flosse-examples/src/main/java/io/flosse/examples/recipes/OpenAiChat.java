package io.flosse.examples.recipes;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.Flosse;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** Chat completions for OpenAI's clients: a stream if the request has {@code "stream": true}, otherwise one JSON object. */
public abstract class OpenAiChat implements HttpService {

    /** The event after an exception. LangChain4j looks for its name, OpenAI's clients look into its data. */
    private static final SseEvent ERROR = SseEvent.of(
                    Map.of("error", Map.of("message", "The answer failed", "type", "server_error")))
            .withEvent("error");

    /**
     * Asks a model. The thread is interrupted when the client of a stream leaves. An exception before the first text is answered
     * with a status, as Helidon does, and a later one with the error event.
     *
     * @param request the body of the request, with {@code messages}
     * @param onText takes the parts of the answer
     */
    protected abstract void answer(JsonObject request, Consumer<String> onText) throws Exception;

    @Override
    public void routing(HttpRules rules) {
        rules.post(
                "/v1/chat/completions",
                Flosse.stream(this::stream)
                        .streamIf(request -> request.body(JsonObject.class).getBoolean("stream", false), this::complete)
                        .openOnFirstYield()
                        .onError(thrown -> Optional.of(ERROR)));
    }

    private void stream(SseRequest request, Yield sink) throws Exception {
        JsonObject body = request.body(JsonObject.class);
        Map<String, Object> completion = completion(body, "chat.completion.chunk");
        Map<String, Object> delta = new HashMap<>(Map.of("role", "assistant")); // the role is sent once
        answer(body, text -> {
            delta.put("content", text);
            sink.yield(SseEvent.of(with(completion, "delta", delta, JsonValue.NULL)));
            delta.remove("role");
        });
        sink.yield(SseEvent.of(with(completion, "delta", Map.of(), "stop")));
        sink.yield("[DONE]");
    }

    private void complete(SseRequest request, ServerResponse response) throws Exception {
        JsonObject body = request.body(JsonObject.class);
        StringBuilder text = new StringBuilder();
        answer(body, text::append);
        Map<String, Object> message = Map.of("role", "assistant", "content", text.toString());
        Map<String, Object> whole = with(completion(body, "chat.completion"), "message", message, "stop");
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.send(Json.createObjectBuilder(whole).build().toString());
    }

    private static Map<String, Object> completion(JsonObject request, String type) {
        String id = "chatcmpl-" + UUID.randomUUID();
        long created = Instant.now().getEpochSecond();
        return Map.of("id", id, "object", type, "created", created, "model", request.getString("model", ""));
    }

    private static Map<String, Object> with(Map<String, Object> completion, String key, Object text, Object reason) {
        Map<String, Object> whole = new HashMap<>(completion);
        whole.put("choices", List.of(Map.of("index", 0, key, text, "finish_reason", reason)));
        return whole;
    }
}
