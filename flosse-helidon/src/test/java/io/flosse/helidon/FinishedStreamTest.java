package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that reconnects to a finished stream: status 204 stops its reconnects, and the generator does not run again. */
@ServerTest
class FinishedStreamTest {

    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final String FINISHED = "Last-Event-ID: flosse:end";

    private final int port;

    FinishedStreamTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute route = Flosse.stream((request, sink) -> {
            RUNS.incrementAndGet();
            sink.yield("ran with " + request.lastEventId().orElse("no id"));
        });
        routing.get("/finite", route)
                .post("/finite", route)
                .get("/again", route.noEndEvent())
                .get("/reserved", Flosse.stream(FinishedStreamTest::yieldReservedId))
                .get(
                        "/failing-with-invalid-id",
                        Flosse.stream((request, sink) -> {
                                    throw new IllegalStateException("expected");
                                })
                                .onError(failure -> Optional.of(SseEvent.of("x").withId("caf\u00e9"))))
                .get("/secret", route.permissions(request -> false));
    }

    /** Yields the reserved id in every way, then one event, and fails so that there is no end event. */
    private static void yieldReservedId(SseRequest request, Yield sink) {
        for (Runnable yielding : List.<Runnable>of(
                () -> sink.yield(SseEvent.of("x").withEndId()),
                () -> sink.yield(Map.of("data", "x", "id", "flosse:end")),
                () -> sink.yield("update", "x", "flosse:end"),
                () -> sink.yield(io.helidon.http.sse.SseEvent.builder()
                        .data("x")
                        .id("flosse:end")
                        .build()))) {
            try {
                yielding.run();
            } catch (IllegalArgumentException refused) {
                sink.yield("refused");
            }
        }
        throw new IllegalStateException("expected");
    }

    @BeforeEach
    void resetRuns() {
        RUNS.set(0);
    }

    @Test
    void reconnectAfterEndEventIs204() {
        try (RawExchange answer = RawExchange.get(port, "/finite", FINISHED)) {
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("Content-Type")).isEmpty();
        }
        assertThat(RUNS).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flosse", "flosse:end2", "FLOSSE:END", "7"})
    void otherLastEventIdRunsTheGenerator(String id) {
        try (RawExchange answer = RawExchange.get(port, "/finite", "Last-Event-ID: " + id)) {
            assertThat(answer.body()).contains("data: ran with " + id + "\n").contains("id: flosse:end\n");
        }
    }

    @Test
    void generatorCannotSendTheReservedId() {
        try (RawExchange answer = RawExchange.get(port, "/reserved")) {
            assertThat(answer.body())
                    .startsWith(":\n" + "data: refused\n\n".repeat(4) + "event: error\n")
                    .doesNotContain("flosse:end");
        }
    }

    @Test
    void errorEventWithAnIdThatCannotBeSentIsReplacedByTheDefault() {
        try (RawExchange answer = RawExchange.get(port, "/failing-with-invalid-id")) {
            assertThat(answer.body())
                    .startsWith(":\nevent: error\ndata: {\"error\":\"internal\",")
                    .doesNotContain("id: ");
        }
    }

    @Test
    void emptyLastEventIdIsTreatedAsMissing() {
        try (RawExchange answer = RawExchange.get(port, "/finite", "Last-Event-ID:")) {
            assertThat(answer.body()).contains("data: ran with no id\n");
        }
    }

    @Test
    void postRequestAlwaysRunsTheGenerator() {
        try (RawExchange answer = RawExchange.post(port, "/finite", "", FINISHED)) {
            assertThat(answer.body()).contains("data: ran with flosse:end\n").doesNotContain("event: end");
        }
    }

    @Test
    void reconnectWithNoEndEventOptionRunsTheGeneratorAgain() {
        try (RawExchange answer = RawExchange.get(port, "/again", FINISHED)) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(":\ndata: ran with flosse:end\n\n");
        }
        assertThat(RUNS).hasValue(1);
    }

    @Test
    void finishedStreamIs204BeforePermissionsAreAsked() {
        try (RawExchange answer = RawExchange.get(port, "/secret", FINISHED)) {
            assertThat(answer.status()).isEqualTo(204);
        }
    }
}
