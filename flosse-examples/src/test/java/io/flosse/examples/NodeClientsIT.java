package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.NpmPackages;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The npm packages eventsource and eventsource-parser read the streams of the examples server. */
@NeedsTools({Tool.NODE, Tool.NPM})
class NodeClientsIT {

    private static final Path SCRIPT = Path.of("src", "test", "resources", "e2e", "streams.mjs");

    @Test
    void eventsourceAndItsParserReadEveryStream() throws Exception {
        NpmPackages.install();
        try (ExamplesServer server = ExamplesServer.start()) {
            JsonObject results = json(Command.of(
                            Tool.NODE,
                            SCRIPT.toString(),
                            NpmPackages.FOLDER.toString(),
                            "http://127.0.0.1:" + server.port())
                    .run());
            assertThat(texts(results, "styles"))
                    .containsExactly(
                            "hello", "{\"count\":1}", "{\"count\":1}", "hi", "{\"foo\":\"bar\"}", "x", "42", "{}");
            assertThat(texts(results, "secure")).containsExactly("top secret data", "{}");
            assertThat(texts(results, "me")).containsExactly("{\"name\":\"ann\"}", "{}");
            assertThat(texts(results, "admin")).containsExactly("{\"name\":\"root\"}", "{}");
            assertThat(texts(results, "fail")).hasSize(4).last().asString().contains("\"error\":\"internal\"");
            assertThat(texts(results, "complete")).containsExactly("Hello", "big", "world", "[DONE]");
            assertThat(texts(results, "ticks"))
                    .hasSizeGreaterThanOrEqualTo(3)
                    .first()
                    .asString()
                    .startsWith("{\"n\":1,");
            assertThat(texts(results, "idle")).containsExactly("{}");
            assertThat(texts(results, "limited")).first().isEqualTo("1");
            assertThat(results.getInt("failFirst")).isEqualTo(404);
            assertThat(results.getInt("burst")).isEqualTo(5001);
            assertStreamedOnce(results.getJsonObject("sourceProgress"), 5);
            assertStreamedOnce(results.getJsonObject("sourceStyles"), 8);
            assertStreamedOnce(results.getJsonObject("sourceResume"), 21);
        }
    }

    /** A finished stream does not run again: the client opened it once, and a 204 stopped its reconnects. */
    private static void assertStreamedOnce(JsonObject source, int events) {
        assertThat(source.getInt("opens")).isEqualTo(1);
        assertThat(source.getJsonArray("events")).hasSize(events);
        assertThat(source.getJsonArray("events").getJsonObject(events - 1).getString("event"))
                .isEqualTo("end");
        assertThat(source.getInt("code")).isEqualTo(204);
    }

    private static List<String> texts(JsonObject results, String stream) {
        JsonArray events = results.getJsonArray(stream);
        return events.getValuesAs(event -> event.asJsonObject().getString("data"));
    }

    private static JsonObject json(String output) {
        try (JsonReader reader = Json.createReader(new StringReader(output))) {
            return reader.readObject();
        }
    }
}
