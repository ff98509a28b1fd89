package io.flosse.checks.documents;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.channel.Channels;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.TestServer;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.throttle.Throttle;
import io.helidon.metrics.api.Metrics;
import io.helidon.webserver.http.HttpRouting;
import jakarta.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.ValueDescriptor;
import org.junit.jupiter.api.Test;

/** The statuses, meters and Flight Recorder events of the documents match the code. */
class DocumentStatusTest {

    private static final Document LIFECYCLE = Document.page("docs/lifecycle.md");
    private static final Document OBSERVABILITY = Document.page("docs/observability.md");

    @Test
    void everyDocumentedStatusIsReturned() throws Exception {
        try (TestServer server = TestServer.start(DocumentStatusTest::routes)) {
            Map<Integer, HttpRequest.Builder> requests = Map.of(
                    406, server.request("/open").header("Accept", "application/json"),
                    204, server.request("/open").header("Last-Event-ID", "flosse:end"),
                    401, server.request("/login"),
                    403, server.request("/nobody"),
                    404, server.request("/rooms/a%20b"),
                    413, server.request("/small").POST(BodyPublishers.ofString("too much")),
                    429, server.request("/once"),
                    503, server.request("/open"),
                    400, server.request("/json").POST(BodyPublishers.ofString("no JSON")),
                    500, server.request("/broken"));
            assertThat(TestServer.send(server.request("/once")).statusCode()).isEqualTo(200);
            List<Integer> statuses = new ArrayList<>();
            for (List<String> row : LIFECYCLE.table("| status | when |")) {
                int status = Integer.parseInt(row.getFirst());
                statuses.add(status);
                if (status != 503) {
                    assertThat(TestServer.send(requests.get(status)).statusCode())
                            .as(LIFECYCLE.locationOf("| " + status + " |"))
                            .isEqualTo(status);
                }
            }
            assertThat(statuses).containsExactlyInAnyOrderElementsOf(requests.keySet());
            assertThat(TestServer.send(server.request("/open")).statusCode()).isEqualTo(200);
            server.feature().drain(Duration.ZERO);
            HttpResponse<String> refusal = TestServer.send(requests.get(503));
            assertThat(refusal.statusCode()).isEqualTo(503);
            assertThat(refusal.headers().firstValue("Retry-After")).isPresent();
            for (String path : List.of("/open", "/once")) {
                HttpResponse<String> browser =
                        TestServer.send(server.request(path).header("Accept", "text/event-stream"));
                assertThat(browser.statusCode()).isEqualTo(200);
                assertThat(browser.body()).matches("retry: \\d+\n: .+\n\n");
            }
            assertThat(meters()).as(OBSERVABILITY.locationOf("| meter |")).isEqualTo(documentedMeters());
            Deadline.await(
                    () -> flightRecorderEvents().equals(documentedFlightRecorderEvents()),
                    "the documented Flight Recorder events");
        }
    }

    private static void routes(HttpRouting.Builder routing) {
        Authenticator anonymous = request -> Optional.<Identity>empty();
        Channels channels = Channels.inMemory();
        SseRoute open = Flosse.stream((request, sink) -> sink.yield("hello"));
        routing.get("/open", open)
                .get(
                        "/login",
                        open.authenticators(anonymous.withChallenge("Bearer")).permissions(new IsAuthenticated()))
                .get(
                        "/rooms/{room}",
                        Flosse.subscribe(request ->
                                channels.channel(request.pathParameter("room").orElseThrow())))
                .get("/nobody", open.permissions(request -> false))
                .get("/once", open.throttles(Throttle.rate(1, Duration.ofHours(1), Throttle.perRoute())))
                .post("/small", open.maxBodySize(3))
                .post(
                        "/json",
                        Flosse.stream((request, sink) -> sink.yield(request.body(JsonObject.class)))
                                .openOnFirstYield())
                .get("/broken", open.permissions(request -> {
                    throw new IllegalStateException("thrown on purpose");
                }));
    }

    @SuppressWarnings("removal") // Helidon 4.3 has no other access to it
    private static Set<String> meters() {
        return Metrics.globalRegistry().meters().stream()
                .map(meter -> meter.id().name())
                .filter(name -> name.startsWith("flosse."))
                .collect(toSet());
    }

    private static Set<String> documentedMeters() {
        return OBSERVABILITY.table("| meter | counts |").stream()
                .flatMap(row -> Stream.of(row.getFirst().split(", ")))
                .map(Document::code)
                .collect(toSet());
    }

    private static Map<String, Set<String>> flightRecorderEvents() {
        Set<String> standardFields = Set.of("startTime", "duration", "eventThread", "stackTrace");
        return FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .filter(type -> type.getName().startsWith("io.flosse."))
                .collect(toMap(
                        EventType::getName,
                        type -> type.getFields().stream()
                                .map(ValueDescriptor::getName)
                                .filter(name -> !standardFields.contains(name))
                                .collect(toSet())));
    }

    private static Map<String, Set<String>> documentedFlightRecorderEvents() {
        return OBSERVABILITY.table("| JFR event | fields |").stream()
                .collect(toMap(
                        row -> Document.code(row.get(0)),
                        row -> Stream.of(row.get(1).split(", "))
                                .map(Document::code)
                                .collect(toSet())));
    }
}
