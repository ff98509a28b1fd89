package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.NonReadingClient;
import io.flosse.testing.SseClient;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The endpoints for operators: open streams, metrics and health. */
class OperationsIT {

    private static final Duration GRACE = Duration.ofSeconds(4);

    private static String get(ExamplesServer server, String path) {
        try (SseClient response = SseClient.connect(server.uri(path), "Accept: */*")) {
            assertThat(response.status()).as(path).isEqualTo(200);
            return response.body();
        }
    }

    private static int health(ExamplesServer server) {
        try (SseClient response = SseClient.connect(server.uri("/observe/health"), "Accept: */*")) {
            return response.status();
        }
    }

    private static List<JsonObject> streams(ExamplesServer server) {
        try (JsonReader reader = Json.createReader(new StringReader(get(server, "/streams")))) {
            return reader.readArray().getValuesAs(JsonObject.class);
        }
    }

    /** Returns a pattern for a meter of this server with a value. The JVM may also have meters of other servers. */
    private static Pattern meter(String name, ExamplesServer server, String value) {
        return Pattern.compile("(?m)^" + name + "[^}]*port=\"" + server.port() + "\"[^}]*} " + value);
    }

    @Test
    void openStreamsAndMetersAreReported() throws Exception {
        try (ExamplesServer server = ExamplesServer.start();
                SseClient ticks = SseClient.connect(server.uri("/sse/ticks?every=PT0.01S"));
                SseClient idle = SseClient.connect(server.uri("/sse/idle?heartbeat=PT0.1S"))) {
            ticks.next();
            ticks.next();
            idle.next();
            Deadline.await(() -> idle.comments().size() > 1, "a heartbeat");
            List<JsonObject> open = streams(server);
            assertThat(open).extracting(stream -> stream.getString("route")).containsExactly("/sse/ticks", "/sse/idle");
            assertThat(open.get(0).getInt("events")).isGreaterThanOrEqualTo(2);
            assertThat(open.get(0).getJsonNumber("seconds").doubleValue()).isPositive();
            assertThat(open.get(1).getInt("events")).isEqualTo(1);
            assertThat(open.get(1).getInt("heartbeats")).isPositive();
            assertThat(get(server, "/observe/metrics"))
                    .contains("flosse_streams_opened_total{", "flosse_events_total{", "flosse_bytes_total{")
                    .containsPattern(meter("flosse_streams_open\\{", server, "2"))
                    .containsPattern(meter("flosse_heartbeats_total\\{", server, "[1-9]"));
            ticks.close();
            Pattern ended = meter("flosse_streams_duration_seconds_count\\{cause=\"CLIENT_GONE\"", server, "1");
            Deadline.await(
                    () -> ended.matcher(get(server, "/observe/metrics")).find(),
                    "the ended stream of ticks to be counted");
            assertThat(streams(server)).hasSize(1);
        }
    }

    /**
     * A client that never reads keeps the server draining until the grace period ends. The health check reports this.
     */
    @Test
    void healthCheckFailsWhileTheServerDrains() throws Exception {
        try (ExamplesServer server =
                ExamplesServer.startProcess(Map.of("server.features.flosse.drain-grace", GRACE.toString()))) {
            assertThat(health(server)).isBetween(200, 204);
            try (NonReadingClient stuck = NonReadingClient.connect(server)) {
                stuck.awaitBlockedWrite();
                long begin = System.nanoTime();
                server.process().destroy();
                Deadline.await(() -> health(server) == 503, "the health check to fail");
                try (SseClient late = SseClient.connect(server.uri("/sse/idle"), "Accept: */*")) {
                    assertThat(late.status()).isEqualTo(503);
                    assertThat(late.header("Retry-After")).contains("4");
                }
                assertThat(server.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
                Duration took = Duration.ofNanos(System.nanoTime() - begin);
                System.out.println("Server with a client that never reads and a drain grace of " + GRACE.toMillis()
                        + " ms ended " + took.toMillis() + " ms after SIGTERM");
                assertThat(took).isGreaterThanOrEqualTo(GRACE);
                assertThat(server.output()).allMatch(line -> line.startsWith("SLF4J(W)"));
            }
        }
    }
}
