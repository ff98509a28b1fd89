package io.flosse.examples.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.EventSink;
import io.flosse.ServiceUnavailableException;
import io.flosse.StreamInfo;
import io.flosse.channel.Channels;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.NpmPackages;
import io.flosse.examples.fixture.TestServer;
import io.flosse.helidon.FlosseFeature;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.helidon.webserver.http.HttpService;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The clients that a recipe is written for understand its answers and its errors. */
@NeedsTools({Tool.NODE, Tool.NPM})
@Timeout(120)
class RecipesIT {

    private static final List<Path> FOLDERS = List.of(
            Path.of("src/main/java/io/flosse/examples/recipes"), Path.of("src/test/java/io/flosse/examples/recipes"));

    /** The streams that have ended. */
    private final List<StreamInfo> ended = new CopyOnWriteArrayList<>();

    /** Reaches zero when the model that waits has been interrupted. */
    private final CountDownLatch interrupted = new CountDownLatch(1);

    @BeforeAll
    static void installPackages() throws Exception {
        NpmPackages.install();
    }

    @Test
    void recipesHaveAtMost100Lines() throws IOException {
        for (Path folder : FOLDERS) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file :
                        files.filter(it -> !it.toString().endsWith("IT.java")).toList()) {
                    assertThat(Files.readAllLines(file).size())
                            .as(file.toString())
                            .isLessThanOrEqualTo(100);
                }
            }
        }
    }

    @Test
    void openAi() throws Exception {
        JsonObject shown = run("openai", new OpenAiChat() {
            @Override
            protected void answer(JsonObject request, Consumer<String> onText) throws Exception {
                respond(request, onText);
            }
        });
        assertThat(shown.getString("whole")).isEqualTo("Hello big world");
        assertThat(strings(shown, "texts")).containsExactly("Hello", " big", " world");
        assertThat(shown.getJsonObject("message").getString("role")).isEqualTo("assistant");
        assertThat(shown.getJsonObject("message").getString("content")).isEqualTo("Hello big world");
        JsonObject later = shown.getJsonObject("failsLater");
        assertThat(later.getString("class")).isEqualTo("APIError");
        assertThat(later.getString("message")).isEqualTo("The answer failed");
        assertThat(later.getString("type")).isEqualTo("server_error");
        assertThat(shown.getJsonObject("failsAtOnce").getInt("status")).isEqualTo(503);
        assertThat(shown.getJsonObject("wholeFails").getInt("status")).isEqualTo(500);
        assertLeft();
    }

    @Test
    void anthropic() throws Exception {
        JsonObject shown = run("anthropic", new AnthropicMessages() {
            @Override
            protected void answer(JsonObject request, Consumer<String> onText) throws Exception {
                respond(request, onText);
            }
        });
        assertThat(shown.getString("whole")).isEqualTo("Hello big world");
        assertThat(strings(shown, "texts")).containsExactly("Hello", " big", " world");
        JsonObject message = shown.getJsonObject("message");
        assertThat(message.getJsonArray("content").getJsonObject(0).getString("text"))
                .isEqualTo("be slow");
        assertThat(message.getString("stop_reason")).isEqualTo("end_turn");
        assertThat(shown.getJsonObject("failsLater").getString("class")).isEqualTo("APIError");
        assertThat(shown.getJsonObject("failsLater").getString("message")).contains("The answer failed");
        assertThat(shown.getJsonObject("failsLater").getString("type")).isEqualTo("api_error");
        assertThat(shown.getJsonObject("failsAtOnce").getString("type")).isEqualTo("overloaded_error");
        assertThat(shown.getJsonObject("wholeFails").getInt("status")).isEqualTo(500);
        assertLeft();
        assertThat(ended).anyMatch(stream -> stream.heartbeats() > 0); // the client takes no notice of pings
    }

    @Test
    void aiSdk() throws Exception {
        try (Channels channels = Channels.inMemory()) {
            JsonObject shown = run("ai", new UiMessages(channels) {
                @Override
                protected void answer(JsonObject request, Consumer<String> onText) throws Exception {
                    respond(request, onText);
                }
            });
            assertThat(shown.getString("message")).isEqualTo("Hello big world");
            assertThat(shown.getJsonObject("left").getString("type")).isEqualTo("start");
            assertThat(shown.getString("resumed")).isEqualTo("be slow");
            assertThat(shown.get("finished")).isEqualTo(JsonValue.NULL);
            JsonArray failed = shown.getJsonArray("failsLater");
            assertThat(failed.getLast().asJsonObject())
                    .isEqualTo(Json.createObjectBuilder()
                            .add("type", "error")
                            .add("errorText", "The answer failed")
                            .build());
            // Of three POSTs and a GET with a stream. The last GET got a 204, which has no header of the route.
            assertThat(shown.getJsonArray("headers").toString()).isEqualTo("[\"v1\",\"v1\",\"v1\",null,\"v1\"]");
        }
    }

    @Test
    void mcp() throws Exception {
        JsonObject shown = run("mcp", new McpServer() {
            @Override
            protected List<Map<String, Object>> tools() {
                return List.of(Map.of("name", "work", "inputSchema", Map.of("type", "object")));
            }

            @Override
            protected Map<String, Object> call(JsonObject params, EventSink sink) throws Exception {
                StringBuilder text = new StringBuilder();
                respond(params.getJsonObject("arguments").getString("prompt"), part -> {
                    text.append(part);
                    if (params.containsKey("_meta")) {
                        sink.yield(progress(params.getJsonObject("_meta").get("progressToken"), text.length()));
                    }
                });
                return Map.of("content", List.of(Map.of("type", "text", "text", text.toString())));
            }

            private Map<String, Object> progress(JsonValue token, int progress) {
                Map<String, Object> params = Map.of("progressToken", token, "progress", progress);
                return Map.of("jsonrpc", "2.0", "method", "notifications/progress", "params", params);
            }
        });
        assertThat(shown.getString("revision")).isEqualTo(shown.getString("newest"));
        assertThat(strings(shown, "tools")).containsExactly("work");
        assertThat(shown.getString("text")).isEqualTo("Hello big world");
        assertThat(shown.getString("silent")).isEqualTo("Hello");
        assertThat(shown.getJsonArray("progress").toString()).isEqualTo("[5,9,15]");
        assertThat(shown.getJsonObject("failsLater").getString("class")).isEqualTo("McpError");
        assertThat(shown.getJsonObject("failsLater").getInt("code")).isEqualTo(-32603);
        assertThat(shown.getJsonObject("failsLater").getString("message")).endsWith("Internal error");
        assertThat(shown.getJsonObject("cancelled")).isNotNull();
        assertThat(interrupted.getCount()).isZero();
        assertThat(shown.getJsonArray("errors")).isEmpty();
        assertThat(shown.getJsonArray("refused").toString()).isEqualTo("[400,403,405]");
    }

    @Test
    void agUi() throws Exception {
        JsonObject shown = run("ag-ui", new AgUi() {
            @Override
            protected void answer(JsonObject input, Consumer<String> onText) throws Exception {
                respond(input, onText);
            }
        });
        JsonObject answer = shown.getJsonObject("answer");
        assertThat(strings(answer, "texts")).containsExactly("Hello", " big", " world");
        assertThat(strings(answer, "messages")).containsExactly("Hello big world", "Hello big world");
        assertThat(answer.getBoolean("finished")).isTrue();
        JsonObject failed = shown.getJsonObject("failsLater");
        assertThat(strings(failed, "texts")).containsExactly("Hello");
        assertThat(failed.getString("error")).isEqualTo("The agent failed");
        assertThat(failed.containsKey("finished")).isFalse();
        assertLeft();
    }

    /** Serves a recipe to its client, and returns what the client shows. */
    private JsonObject run(String name, HttpService recipe) throws Exception {
        FlosseFeature.Builder feature =
                FlosseFeature.builder().heartbeat(Duration.ofMillis(20)).listener(ended::add);
        try (TestServer server = TestServer.start(
                feature,
                routing -> routing.register(recipe).get("/stopped", (request, response) -> {
                    interrupted.await(20, TimeUnit.SECONDS);
                    response.send();
                }))) {
            String script = NpmPackages.FOLDER.resolve("recipes.mjs").toString();
            String uri = server.request("").build().uri().toString();
            String lines = Command.of(Tool.NODE, script, name, uri).run();
            String last =
                    lines.lines().filter(line -> line.startsWith("{")).toList().getLast();
            try (JsonReader reader = Json.createReader(new StringReader(last))) {
                return reader.readObject();
            }
        }
    }

    /** The client has left the model that waits, and its thread was interrupted. */
    private void assertLeft() throws InterruptedException {
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        Deadline.await(
                () -> ended.stream().anyMatch(stream -> stream.cause().equals(Optional.of(EndCause.CLIENT_GONE))),
                "a stream that ended because its client left");
    }

    private void respond(JsonObject request, Consumer<String> onText) throws Exception {
        JsonObject message = request.getJsonArray("messages").getJsonObject(0);
        respond(
                message.getString("content", null) != null
                        ? message.getString("content")
                        : message.getJsonArray("parts").getJsonObject(0).getString("text"),
                onText);
    }

    /** The model: repeats the prompt word by word, unless that says otherwise. */
    private void respond(String prompt, Consumer<String> onText) throws Exception {
        switch (prompt) {
            case "fail at once" -> throw new ServiceUnavailableException("The model is busy", Duration.ofSeconds(1));
            case "fail later" -> {
                onText.accept("Hello");
                throw new IllegalStateException("A secret");
            }
            case "wait" -> {
                onText.accept("Hello");
                try {
                    Thread.sleep(Duration.ofMinutes(2));
                } finally {
                    interrupted.countDown();
                }
            }
            default -> {
                for (String word : prompt.split("(?= )")) {
                    onText.accept(word);
                    if (prompt.equals("be slow")) {
                        Thread.sleep(
                                Duration.ofMillis(300)); // longer than a heartbeat, and than a page needs to come back
                    }
                }
            }
        }
    }

    private static List<String> strings(JsonObject object, String key) {
        return object.getJsonArray(key).getValuesAs(JsonString::getString);
    }
}
