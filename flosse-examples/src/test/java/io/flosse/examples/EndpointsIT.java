package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every endpoint of the examples server responds as documented. */
class EndpointsIT {

    private static final String END = "id: flosse:end\nevent: end\ndata: {}\n\n";

    private static final List<String> FILES =
            List.of("app.js", "card.js", "chat.js", "frames.js", "log.js", "style.css");

    private static ExamplesServer server;

    @BeforeAll
    static void start() throws Exception {
        server = ExamplesServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static SseClient get(String path, String... headers) {
        return SseClient.connect(server.uri(path), headers);
    }

    private static String completeStream(String path, String... headers) {
        try (SseClient client = get(path, headers)) {
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.endedCleanly()).isTrue();
            return client.raw();
        }
    }

    private static void assertRefused(SseClient client, int status, String text) {
        try (client) {
            assertThat(client.status()).isEqualTo(status);
            assertThat(client.body()).contains(text).doesNotContain("Exception", "\tat ");
        }
    }

    @Test
    void progressStreamsEveryStepAndEnds() {
        assertThat(completeStream("/sse/progress?steps=2&delay=PT0S"))
                .isEqualTo("retry: 3000\nevent: progress\ndata: {\"step\":1,\"total\":2,\"pct\":50}\n\n"
                        + "event: progress\ndata: {\"step\":2,\"total\":2,\"pct\":100}\n\n"
                        + "event: complete\ndata: All done!\n\n" + END);
    }

    @Test
    void progressIsNotRunAgainAfterItsEnd() {
        try (SseClient client = get("/sse/progress", "Last-Event-ID: flosse:end")) {
            assertThat(client.status()).isEqualTo(204);
        }
    }

    @Test
    void stylesStreamsEveryKindOfYield() {
        assertThat(completeStream("/sse/styles"))
                .isEqualTo(":\ndata: hello\n\nevent: update\ndata: {\"count\":1}\n\n"
                        + "id: evt-42\nevent: update\ndata: {\"count\":1}\n\nevent: greet\ndata: hi\n\n"
                        + "data: {\"foo\":\"bar\"}\n\nretry: 5000\nid: 1\nevent: y\ndata: x\n\ndata: 42\n\n: note\n"
                        + END);
    }

    @Test
    void secureRequiresTheApiKey() {
        assertThat(completeStream("/sse/secure", "X-API-Key: secret")).isEqualTo(":\ndata: top secret data\n\n" + END);
        assertRefused(get("/sse/secure"), 403, "No permission");
        assertRefused(get("/sse/secure", "X-API-Key: guess"), 403, "No permission");
    }

    @Test
    void meAndAdminRequireTheirUser() {
        assertThat(completeStream("/sse/me", basic("ann"))).contains("event: hello\ndata: {\"name\":\"ann\"}\n\n");
        assertThat(completeStream("/sse/admin", basic("root"))).contains("event: hello\ndata: {\"name\":\"root\"}\n\n");
        assertRefused(get("/sse/admin", basic("ann")), 403, "No permission");
        for (String path : List.of("/sse/me", "/sse/admin")) {
            SseClient anonymous = get(path);
            assertThat(anonymous.header("WWW-Authenticate")).contains("Basic realm=\"flosse\"");
            assertRefused(anonymous, 401, "Authentication");
        }
    }

    private static String basic(String user) {
        byte[] credentials = (user + ":" + user).getBytes(StandardCharsets.UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(credentials);
    }

    @Test
    void ticksAreNumberedAndTimestamped() {
        try (SseClient client = get("/sse/ticks?every=PT0.01S")) {
            for (int n = 1; n <= 3; n++) {
                SseEvent tick = client.next();
                assertThat(tick.event()).contains("tick");
                assertThat(String.valueOf(tick.data())).matches("\\{\"n\":" + n + ",\"t\":\\d{16}}");
            }
        }
    }

    @Test
    void burstStreamsEveryEventInOrder() {
        try (SseClient client = get("/sse/burst?n=20000")) {
            List<SseEvent> events = client.untilEnd();
            assertThat(events).hasSize(20_001);
            for (int i = 0; i < 20_000; i++) {
                assertThat(events.get(i))
                        .isEqualTo(SseEvent.of("{\"i\":" + i + ",\"v\":\"0123456789abcdef0123456789abcdef\"}")
                                .withEvent("tick"));
            }
        }
    }

    @Test
    void idleSendsHeartbeats() {
        try (SseClient client = get("/sse/idle?heartbeat=PT0.05S")) {
            assertThat(client.next().event()).contains("open");
            Deadline.await(() -> client.comments().size() > 1, "a heartbeat");
        }
    }

    @Test
    void resumeContinuesAfterTheLastEventId() {
        assertThat(numbers("/sse/resume?from=1&to=5&every=PT0S")).isEqualTo(ids(1, 5));
        assertThat(numbers("/sse/resume?from=1&to=5&every=PT0S", "Last-Event-ID: 3"))
                .isEqualTo(ids(4, 5));
        assertRefused(get("/sse/resume", "Last-Event-ID: nonsense"), 400, "Last-Event-ID must be a whole number");
    }

    private static List<SseEvent> numbers(String path, String... headers) {
        try (SseClient client = get(path, headers)) {
            List<SseEvent> events = client.untilEnd();
            return events.subList(0, events.size() - 1);
        }
    }

    private static List<SseEvent> ids(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(
                        n -> SseEvent.of("{\"n\":" + n + "}").withEvent("item").withId(Integer.toString(n)))
                .toList();
    }

    @Test
    void failEndsWithAnErrorEvent() {
        assertThat(completeStream("/sse/fail?after=2"))
                .matches("event: tick\ndata: \\{\"n\":1}\n\nevent: tick\ndata: \\{\"n\":2}\n\n"
                        + "event: error\ndata: \\{\"error\":\"internal\",\"ref\":\"[0-9a-f]+\"}\n\n");
    }

    /** Each failure writes a stack trace into the log. */
    @Test
    void failuresOfAnAddressAreLimitedByRate() throws Exception {
        try (ExamplesServer own = ExamplesServer.start()) {
            for (int n = 0; n < 20; n++) {
                try (SseClient client = SseClient.connect(own.uri("/sse/fail?after=1"), "Accept: */*")) {
                    assertThat(client.status()).isEqualTo(200);
                }
            }
            assertRefused(SseClient.connect(own.uri("/sse/fail?after=1"), "Accept: */*"), 429, "opened too often");
        }
    }

    @Test
    void failFirstIsRefusedBeforeTheFirstByte() {
        assertRefused(get("/sse/fail-first"), 404, "There is no such job");
    }

    @Test
    void completeStreamsTheWordsOfThePrompt() {
        try (SseClient client = SseClient.post(server.uri("/sse/complete"), "{\"prompt\":\"Hello big world\"}")) {
            assertThat(client.untilEnd())
                    .containsExactly(
                            SseEvent.of("Hello").withEvent("token"),
                            SseEvent.of("big").withEvent("token"),
                            SseEvent.of("world").withEvent("token"),
                            SseEvent.of("[DONE]"));
        }
        for (String body : List.of("", "{}", "{\"prompt\":\" \"}", "{\"prompt\":", "[1]")) {
            try (SseClient client = SseClient.post(server.uri("/sse/complete"), body)) {
                assertThat(client.status()).as(body).isEqualTo(400);
                assertThat(client.body()).isNotEmpty().doesNotContain("Exception");
            }
        }
    }

    @Test
    void limitedRefusesTheThirdStream() {
        try (SseClient first = get("/sse/limited");
                SseClient second = get("/sse/limited")) {
            first.next();
            second.next();
            try (SseClient browser = get("/sse/limited")) {
                assertThat(browser.status()).isEqualTo(200);
                assertThat(browser.untilEnd()).isEmpty();
                assertThat(browser.retry())
                        .hasValueSatisfying(wait -> assertThat(wait).isGreaterThanOrEqualTo(Duration.ofSeconds(5)));
            }
            SseClient other = get("/sse/limited", "Accept: */*");
            assertThat(other.header("Retry-After")).contains("5");
            assertRefused(other, 429, "Too many streams");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/sse/progress?steps=0", "/sse/progress?steps=ten", "/sse/progress?delay=1s", "/sse/ticks?every=-PT1S",
                "/sse/burst?n=-1", "/sse/fail?after=x", "/sse/idle?heartbeat=soon", "/sse/resume?from=1.5"
            })
    void invalidParameterIsNamedInTheRefusal(String path) {
        String parameter = path.substring(path.indexOf('?') + 1, path.indexOf('='));
        assertRefused(get(path), 400, parameter + " must be");
    }

    @Test
    void operationsEndpointsReportTheOpenStream() {
        try (SseClient idle = get("/sse/idle")) {
            idle.next();
            // The server counts an event after the write, so the client may receive it before it is counted.
            Deadline.await(() -> streams().contains("\"events\":1"), "the event to be counted");
            assertThat(streams()).contains("\"route\":\"/sse/idle\"");
            try (SseClient metrics = get("/observe/metrics", "Accept: text/plain")) {
                assertThat(metrics.body()).contains("flosse_streams_open{", "flosse_events_total{");
            }
            try (SseClient health = get("/observe/health", "Accept: */*")) {
                assertThat(health.status()).isBetween(200, 204);
            }
        }
    }

    private static String streams() {
        try (SseClient streams = get("/streams", "Accept: application/json")) {
            return streams.body();
        }
    }

    @Test
    void pageAndItsSourcesAreServed() {
        try (SseClient page = get("/", "Accept: text/html")) {
            assertThat(page.body()).containsIgnoringCase("<!doctype html").contains("/web/app.js");
            assertThat(page.header("Content-Security-Policy").orElse("")).startsWith("default-src 'self'");
        }
        try (SseClient source = get("/source/Progress.java", "Accept: */*")) {
            assertThat(source.header("Content-Type").orElse("")).startsWith("text/plain");
            assertThat(source.body()).contains("sink.yield(");
        }
        for (String path :
                List.of("/source/None.java", "/web/..%2Flogging.properties", "/web/%2E%2E%2Fapplication.yaml")) {
            assertRefused(get(path, "Accept: */*"), 404, "");
        }
    }

    /** A browser requests all files concurrently, and they may be the first requests of the server. */
    @Test
    void concurrentRequestsForTheFilesOfThePageSucceed() throws Exception {
        try (ExamplesServer fresh = ExamplesServer.start();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> requests = IntStream.range(0, 64)
                    .mapToObj(n -> FILES.get(n % FILES.size()))
                    .<Callable<Integer>>map(file -> () -> {
                        try (SseClient response = SseClient.connect(fresh.uri("/web/" + file), "Accept: */*")) {
                            return response.status();
                        }
                    })
                    .toList();
            for (Future<Integer> status : clients.invokeAll(requests)) {
                assertThat(status.get()).isEqualTo(200);
            }
        }
    }
}
