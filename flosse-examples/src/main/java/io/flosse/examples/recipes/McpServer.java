package io.flosse.examples.recipes;

import io.flosse.EventSink;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.Permission;
import io.helidon.http.BadRequestException;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An MCP server. The call of a tool is a job, which only {@code notifications/cancelled} interrupts. */
public abstract class McpServer implements HttpService {
    private static final String REVISION = "2025-11-25";
    private static final Map<String, Object> NAME = Map.of("name", "flosse", "version", "1");
    private static final Map<String, Object> SERVER =
            Map.of("protocolVersion", REVISION, "capabilities", Map.of("tools", Map.of()), "serverInfo", NAME);
    private final Channels channels = Channels.inMemory();
    /** Returns the descriptions of the tools. */
    protected abstract List<Map<String, Object>> tools();

    /** Calls a tool and returns the result. An exception becomes the JSON-RPC error -32603. The sink takes notifications. */
    protected abstract Map<String, Object> call(JsonObject params, EventSink sink) throws Exception;

    @Override
    public void routing(HttpRules rules) {
        SseRoute calls = Flosse.stream(this::stream).streamIf(McpServer::isCall, this::answer);
        rules.post("/mcp", calls.permissions(Permission.sameOrigin()));
        rules.any("/mcp", (request, response) -> response.status(405).send());
    }

    private static boolean isCall(SseRequest request) {
        if (!request.header("MCP-Protocol-Version").orElse(REVISION).equals(REVISION)) {
            throw new BadRequestException("This server speaks the revision " + REVISION);
        }
        return request.body(JsonObject.class).getString("method", "").equals("tools/call");
    }

    private void answer(SseRequest request, ServerResponse response) {
        JsonObject message = request.body(JsonObject.class);
        String method = message.getString("method", "");
        if (method.equals("notifications/cancelled")) {
            channels.cancel(job(request, params(message).get("requestId")));
        }
        Map<String, Object> answer = switch (method) {
            case "initialize" -> reply(message, "result", SERVER);
            case "tools/list" -> reply(message, "result", Map.of("tools", tools()));
            case "ping" -> reply(message, "result", Map.of());
            default -> reply(message, "error", Map.of("code", -32601, "message", "Method not found"));
        };
        String session = request.header("Mcp-Session-Id").orElse("" + UUID.randomUUID());
        response.header("Mcp-Session-Id", session).header("Content-Type", "application/json");
        String body = Json.createObjectBuilder(answer).build().toString();
        response.status(message.containsKey("id") ? 200 : 202).send(message.containsKey("id") ? body : "");
    }

    private void stream(SseRequest request, Yield sink) {
        JsonObject message = request.body(JsonObject.class);
        String job = job(request, message.get("id"));
        channels.start(job, events -> run(message, events));
        for (SseEvent event : channels.job(job).orElseThrow().subscribe()) {
            if (event.event().isEmpty()) {
                sink.yield(SseEvent.of(event.data())); // without its id, because this server can't resume a call
            }
        }
    }

    private void run(JsonObject message, EventSink sink) throws Exception {
        try {
            sink.yield(reply(message, "result", call(params(message), sink)));
        } catch (Exception e) {
            sink.yield(reply(message, "error", Map.of("code", -32603, "message", "Internal error")));
            throw e; // so that it is logged
        }
    }

    private static Map<String, Object> reply(JsonObject request, String key, Map<String, Object> value) {
        return Map.of("jsonrpc", "2.0", "id", request.getOrDefault("id", JsonValue.NULL), key, value);
    }

    private static JsonObject params(JsonObject message) {
        return message.get("params") instanceof JsonObject params ? params : JsonValue.EMPTY_JSON_OBJECT;
    }

    private static String job(SseRequest request, @Nullable JsonValue id) {
        String session = request.header("Mcp-Session-Id").orElseThrow(() -> new BadRequestException("No session"));
        return session + ":" + (id + "").replaceAll("\\W", ".");
    }
}
