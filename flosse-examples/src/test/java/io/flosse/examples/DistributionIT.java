package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    private static JsonObject bom() throws IOException {
        try (Reader file = Files.newBufferedReader(Path.of("target", "bom.json"))) {
            return Json.createReader(file).readObject();
        }
    }

    /** If this test fails, a dependency brings another JAR: exclude it, or say in docs/scaling.md why it is there. */
    @ParameterizedTest
    @CsvSource({
        "flosse-api, jakarta.json-api",
        "flosse-redis, flosse-api jakarta.json-api jedis slf4j-api",
        "flosse-helidon, flosse-api jakarta.json-api parsson"
    })
    void libraryBringsOnlyTheListedJars(String library, String jars) throws Exception {
        assertThat(jarsOf(library))
                .as("JARs that come with " + library + ", those of Helidon apart")
                .containsExactlyInAnyOrder(jars.split(" "));
    }

    /** Returns the names of all JARs that come with a library at run time, except those of Helidon. */
    private static Set<String> jarsOf(String library) throws IOException {
        Map<String, Set<String>> dependencies = new HashMap<>();
        for (JsonObject component : bom().getJsonArray("dependencies").getValuesAs(JsonObject.class)) {
            JsonArray on = component.getJsonArray("dependsOn");
            dependencies.put(
                    component.getString("ref"),
                    on == null
                            ? Set.of()
                            : on.getValuesAs(JsonString.class).stream()
                                    .map(JsonString::getString)
                                    .collect(Collectors.toSet()));
        }
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(dependencies.keySet().stream()
                .filter(ref -> ref.startsWith("pkg:maven/io.flosse/" + library + "@"))
                .toList());
        assertThat(open).as(library + " in the bill of materials").hasSize(1);
        while (!open.isEmpty()) {
            dependencies.getOrDefault(open.remove(), Set.of()).stream()
                    .filter(found::add)
                    .forEach(open::add);
        }
        return found.stream()
                .filter(ref -> !ref.startsWith("pkg:maven/io.helidon"))
                .map(ref -> ref.replaceFirst("^pkg:maven/[^/]+/", "").replaceFirst("@.*", ""))
                .collect(Collectors.toSet());
    }

    @Test
    void billOfMaterialsListsTheRuntimeLibraries() throws Exception {
        JsonObject bom = bom();
        assertThat(bom.getString("bomFormat")).isEqualTo("CycloneDX");
        assertThat(bom.getJsonArray("components").getValuesAs(JsonObject.class))
                .extracting(component -> component.getString("name"))
                .contains("flosse-helidon", "flosse-api", "parsson", "helidon-webserver")
                .doesNotContain("archunit", "selenium-chrome-driver", "embedded-redis");
    }
}
