package io.flosse.examples.recipes;

import io.flosse.ServiceUnavailableException;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Messages for Anthropic's clients: a stream if the request has {@code "stream": true}, otherwise one JSON object. A stream opens at
 * once, and its heartbeats are the {@code ping} events of the protocol.
 */
public abstract class AnthropicMessages implements HttpService {

    /**
     * Asks a model. The thread is interrupted when the client of a stream leaves. An exception is sent as an error event.
     *
     * @param request the body of the request, with {@code messages}
     * @param onText takes the parts of the answer
     */
    protected abstract void answer(JsonObject request, Consumer<String> onText) throws Exception;

    @Override
    public void routing(HttpRules rules) {
        rules.post(
                "/v1/messages",
                Flosse.stream(this::stream)
                        .streamIf(request -> request.body(JsonObject.class).getBoolean("stream", false), this::complete)
                        .heartbeatEvent(event("ping", Map.of()))
                        .onError(thrown -> Optional.of(error(thrown))));
    }

    private void stream(SseRequest request, Yield sink) throws Exception {
        JsonObject body = request.body(JsonObject.class);
        sink.yield(event("message_start", Map.of("message", message(body, List.of(), JsonValue.NULL))));
        Map<String, Object> block = Map.of("type", "text", "text", "");
        sink.yield(event("content_block_start", Map.of("index", 0, "content_block", block)));
        answer(body, text -> {
            Map<String, Object> delta = Map.of("type", "text_delta", "text", text);
            sink.yield(event("content_block_delta", Map.of("index", 0, "delta", delta)));
        });
        sink.yield(event("content_block_stop", Map.of("index", 0)));
        Map<String, Object> end = Map.of("stop_reason", "end_turn", "stop_sequence", JsonValue.NULL);
        sink.yield(event("message_delta", Map.of("delta", end, "usage", Map.of("output_tokens", 0))));
        sink.yield(event("message_stop", Map.of()));
    }

    private void complete(SseRequest request, ServerResponse response) throws Exception {
        JsonObject body = request.body(JsonObject.class);
        StringBuilder text = new StringBuilder();
        answer(body, text::append);
        List<?> content = List.of(Map.of("type", "text", "text", text.toString()));
        Map<String, Object> message = message(body, content, "end_turn");
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.send(Json.createObjectBuilder(message).build().toString());
    }

    private static Map<String, Object> message(JsonObject request, List<?> content, Object stopReason) {
        Map<String, Object> message = new HashMap<>(Map.of("type", "message", "role", "assistant", "content", content));
        message.put("id", "msg_" + UUID.randomUUID());
        message.put("model", request.getString("model", ""));
        message.put("stop_reason", stopReason);
        message.put("stop_sequence", JsonValue.NULL);
        message.put("usage", Map.of("input_tokens", 0, "output_tokens", 0)); // your model may know the numbers
        return message;
    }

    /** Returns an event that has its type as its name and in its data. */
    private static SseEvent event(String type, Map<String, Object> fields) {
        Map<String, Object> data = new HashMap<>(fields);
        data.put("type", type);
        return SseEvent.of(data).withEvent(type);
    }

    private static SseEvent error(Throwable thrown) {
        String type = thrown instanceof ServiceUnavailableException ? "overloaded_error" : "api_error";
        return event("error", Map.of("error", Map.of("type", type, "message", "The answer failed")));
    }
}
