package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.flosse.tools.ToolPolicy;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two clients that others have written read the streams: the npm packages eventsource and eventsource-parser. */
@NeedsTools({Tool.NODE, Tool.NPM})
class NodeClientsIT {

    private static final Path FOLDER = Path.of("target", "e2e").toAbsolutePath();
    private static final Path SCRIPT = Path.of("src", "test", "resources", "e2e", "streams.mjs");

    @Test
    void readEveryStream() throws Exception {
        install();
        try (ExamplesServer server = ExamplesServer.start()) {
            JsonObject seen = json(
                    Command.of(Tool.NODE, SCRIPT.toString(), FOLDER.toString(), "http://127.0.0.1:" + server.port())
                            .run());
            assertThat(texts(seen, "styles"))
                    .containsExactly(
                            "hello", "{\"count\":1}", "{\"count\":1}", "hi", "{\"foo\":\"bar\"}", "x", "42", "{}");
            assertThat(texts(seen, "secure")).containsExactly("top secret data", "{}");
            assertThat(texts(seen, "me")).containsExactly("{\"name\":\"ann\"}", "{}");
            assertThat(texts(seen, "admin")).containsExactly("{\"name\":\"root\"}", "{}");
            assertThat(texts(seen, "fail")).hasSize(4).last().asString().contains("\"error\":\"internal\"");
            assertThat(texts(seen, "complete")).containsExactly("Hello", "big", "world", "[DONE]");
            assertThat(texts(seen, "ticks"))
                    .hasSizeGreaterThanOrEqualTo(3)
                    .first()
                    .asString()
                    .startsWith("{\"n\":1,");
            assertThat(texts(seen, "idle")).containsExactly("{}");
            assertThat(texts(seen, "limited")).first().isEqualTo("1");
            assertThat(seen.getInt("failFirst")).isEqualTo(404);
            assertThat(seen.getInt("burst")).isEqualTo(5001);
            assertOnce(seen.getJsonObject("sourceProgress"), 5);
            assertOnce(seen.getJsonObject("sourceStyles"), 8);
            assertOnce(seen.getJsonObject("sourceResume"), 21);
        }
    }

    /** A finished stream is not run again: the client opened once, and 204 closed it for good. */
    private static void assertOnce(JsonObject source, int events) {
        assertThat(source.getInt("opens")).isEqualTo(1);
        assertThat(source.getJsonArray("events")).hasSize(events);
        assertThat(source.getJsonArray("events").getJsonObject(events - 1).getString("event"))
                .isEqualTo("end");
        assertThat(source.getInt("code")).isEqualTo(204);
    }

    private static List<String> texts(JsonObject seen, String stream) {
        JsonArray events = seen.getJsonArray(stream);
        return events.getValuesAs(event -> event.asJsonObject().getString("data"));
    }

    private static JsonObject json(String printed) {
        try (JsonReader reader = Json.createReader(new StringReader(printed))) {
            return reader.readObject();
        }
    }

    private static void install() throws Exception {
        if (!Files.isDirectory(FOLDER.resolve("node_modules/eventsource"))) {
            Files.createDirectories(FOLDER);
            Command npm = Command.of(
                    Tool.NPM,
                    "install",
                    "--no-package-lock",
                    "--no-save",
                    "--fetch-retries=1",
                    "--fetch-retry-mintimeout=1000",
                    "--prefix",
                    FOLDER.toString(),
                    "eventsource@4",
                    "eventsource-parser@3");
            try {
                npm.run();
            } catch (AssertionError e) {
                System.out.println(e.getMessage());
                throw ToolPolicy.notPermitted(
                        "This test needs the packages eventsource and eventsource-parser, which npm could not install");
            }
        }
    }
}
