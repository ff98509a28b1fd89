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

/** What an operator asks a server: what is open, what was, and whether it takes new clients. */
class OperationsIT {

    private static final Duration GRACE = Duration.ofSeconds(4);

    private static String ask(ExamplesServer server, String path) {
        try (SseClient answer = SseClient.connect(server.uri(path), "Accept: */*")) {
            assertThat(answer.status()).as(path).isEqualTo(200);
            return answer.body();
        }
    }

    private static int health(ExamplesServer server) {
        try (SseClient answer = SseClient.connect(server.uri("/observe/health"), "Accept: */*")) {
            return answer.status();
        }
    }

    private static List<JsonObject> streams(ExamplesServer server) {
        try (JsonReader reader = Json.createReader(new StringReader(ask(server, "/streams")))) {
            return reader.readArray().getValuesAs(JsonObject.class);
        }
    }

    /** A meter of this server with that value; the JVM may have had other servers. */
    private static Pattern meter(String name, ExamplesServer server, String value) {
        return Pattern.compile("(?m)^" + name + "[^}]*port=\"" + server.port() + "\"[^}]*} " + value);
    }

    @Test
    void openStreamsByRouteAgeAndEvents() throws Exception {
        try (ExamplesServer server = ExamplesServer.start();
                SseClient ticks = SseClient.connect(server.uri("/sse/ticks?every=PT0.01S"));
                SseClient idle = SseClient.connect(server.uri("/sse/idle?heartbeat=PT0.1S"))) {
            ticks.next();
            ticks.next();
            idle.next();
            Deadline.await(() -> idle.comments().contains("heartbeat"), "a heartbeat");
            List<JsonObject> open = streams(server);
            assertThat(open).extracting(stream -> stream.getString("route")).containsExactly("/sse/ticks", "/sse/idle");
            assertThat(open.get(0).getInt("events")).isGreaterThanOrEqualTo(2);
            assertThat(open.get(0).getJsonNumber("seconds").doubleValue()).isPositive();
            assertThat(open.get(1).getInt("events")).isEqualTo(1);
            assertThat(open.get(1).getInt("heartbeats")).isPositive();
            assertThat(ask(server, "/observe/metrics"))
                    .contains("flosse_streams_opened_total{", "flosse_events_total{", "flosse_bytes_total{")
                    .containsPattern(meter("flosse_streams_open\\{", server, "2"))
                    .containsPattern(meter("flosse_heartbeats_total\\{", server, "[1-9]"));
            ticks.close();
            Pattern ended = meter("flosse_streams_duration_seconds_count\\{cause=\"CLIENT_GONE\"", server, "1");
            Deadline.await(() -> ended.matcher(ask(server, "/observe/metrics")).find(), "the ticks to be counted");
            assertThat(streams(server)).hasSize(1);
        }
    }

    /** One client that never reads keeps the server draining until its grace is over; meanwhile it says that it goes. */
    @Test
    void healthTurnsWhileTheServerDrains() throws Exception {
        try (ExamplesServer server =
                ExamplesServer.startProcess(Map.of("server.features.flosse.drain-grace", GRACE.toString()))) {
            assertThat(health(server)).isBetween(200, 204);
            try (NonReadingClient stuck = NonReadingClient.connect(server)) {
                stuck.awaitBlockedWrite();
                long begin = System.nanoTime();
                server.process().destroy();
                Deadline.await(() -> health(server) == 503, "the health to turn");
                try (SseClient late = SseClient.connect(server.uri("/sse/idle"), "Accept: */*")) {
                    assertThat(late.status()).isEqualTo(503);
                    assertThat(late.header("Retry-After")).contains("4");
                }
                assertThat(server.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
                Duration took = Duration.ofNanos(System.nanoTime() - begin);
                System.out.println("With a stuck client and a grace of " + GRACE.toMillis() + " ms the server was gone "
                        + took.toMillis() + " ms after SIGTERM");
                assertThat(took).isGreaterThanOrEqualTo(GRACE);
                assertThat(server.printed()).allMatch(line -> line.startsWith("SLF4J(W)"));
            }
        }
    }
}
