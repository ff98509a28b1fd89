package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The artifacts of the package phase: a runnable jar and its bill of materials. */
class DistributionIT {

    @Test
    void runnableJarServesStreamsAndFiles() throws Exception {
        try (ExamplesServer server = ExamplesServer.startProcess(Map.of())) {
            try (SseClient stream = SseClient.connect(server.uri("/sse/styles"))) {
                assertThat(stream.untilEnd()).hasSizeGreaterThan(5);
                assertThat(stream.endedCleanly()).isTrue();
            }
            for (String path : new String[] {"/", "/web/app.js", "/source/Progress.java"}) {
                try (SseClient page = SseClient.connect(server.uri(path), "Accept: */*")) {
                    assertThat(page.status()).as(path).isEqualTo(200);
                    assertThat(page.body()).as(path).isNotEmpty();
                }
            }
        }
    }

    @Test
    void billOfMaterialsListsTheRuntimeLibraries() throws Exception {
        try (Reader file = Files.newBufferedReader(Path.of("target", "bom.json"))) {
            JsonObject bom = Json.createReader(file).readObject();
            assertThat(bom.getString("bomFormat")).isEqualTo("CycloneDX");
            assertThat(bom.getJsonArray("components").getValuesAs(JsonObject.class))
                    .extracting(component -> component.getString("name"))
                    .contains("flosse-helidon", "flosse-api", "parsson", "helidon-webserver")
                    .doesNotContain("archunit", "selenium-chrome-driver", "svm-configure");
        }
    }
}
