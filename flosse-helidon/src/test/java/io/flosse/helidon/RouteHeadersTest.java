package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.throttle.Throttle;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.NotFoundException;
import io.helidon.http.SetCookie;
import io.helidon.webserver.http.Filter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Response headers that a route adds: they are on the stream's response and nowhere else. */
class RouteHeadersTest {

    private final AtomicInteger runs = new AtomicInteger();

    private SseRoute hello() {
        return Flosse.stream((request, sink) -> {
            runs.incrementAndGet();
            sink.yield("hello");
        });
    }

    private SseRoute withHeaders() {
        return hello().header("X-Fixed", "one")
                .header("X-Empty", "")
                .header("X-Replaced", "old")
                .header("x-replaced", "new")
                .authenticators(request -> Optional.of(Identity.of("ann")))
                .headers(request ->
                        Map.of("X-User", request.identity().orElseThrow().name()))
                .headers(request -> Map.of("X-Body", "<" + request.body(String.class) + ">", "X-fixed", "computed"));
    }

    @ParameterizedTest
    @EnumSource(SocketType.class)
    void headersAreSentWithStreamAndHead(SocketType socketType) {
        try (TestServer server = TestServer.on(socketType)
                        .routing(routing -> routing.any("/sse", withHeaders()))
                        .start();
                RawConnection get = server.get("/sse").awaitEnd();
                RawConnection post = server.connect()
                        .write("POST /sse HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
                        .awaitEnd();
                RawConnection head = server.connect()
                        .write("HEAD /sse HTTP/1.1\r\nHost: a\r\n\r\n")
                        .awaitEnd()) {
            for (RawConnection response : new RawConnection[] {get, post, head}) {
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.text())
                        .contains("\r\nX-fixed: computed\r\n")
                        .contains("\r\nX-Empty: \r\n")
                        .contains("\r\nx-replaced: new\r\n")
                        .contains("\r\nX-User: ann\r\n")
                        .contains("\r\nContent-Type: text/event-stream; charset=utf-8\r\n")
                        .doesNotContain("one", "old");
            }
            assertThat(get.text()).contains("\r\nX-Body: <>\r\n");
            assertThat(post.text()).contains("\r\nX-Body: <ab>\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void headersAreSentOnHttp2(boolean openOnFirstYield) throws Exception {
        SseRoute route = openOnFirstYield ? withHeaders().openOnFirstYield() : withHeaders();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.any("/sse", route))
                        .start();
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + server.port() + "/sse"))
                    .timeout(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            for (HttpRequest sent : List.of(request.build(), request.HEAD().build())) {
                HttpResponse<String> response = client.send(sent, BodyHandlers.ofString());
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(response.statusCode()).isEqualTo(200);
                Map<String, String> headers = new HashMap<>();
                response.headers().map().forEach((name, values) -> headers.put(name, String.join("|", values)));
                assertThat(headers)
                        .containsEntry("x-fixed", "computed")
                        .containsEntry("x-empty", "")
                        .containsEntry("x-replaced", "new")
                        .containsEntry("x-user", "ann");
            }
        }
    }

    @Test
    void headersAreNotSentWithOtherResponses() {
        SseRoute route = hello().header("X-Fixed", "one").headers(request -> Map.of("X-Computed", "two"));
        SseRoute limited = route.throttles(request -> Throttle.Admission.rejected(Duration.ofSeconds(5)));
        SseRoute failing = Flosse.stream((request, sink) -> {
                    throw new NotFoundException("no");
                })
                .openOnFirstYield()
                .header("X-Fixed", "one")
                .headers(request -> Map.of("X-Computed", "two"));
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .get("/sse", route)
                .get("/limited", limited)
                .get("/failing", failing)
                .get("/otherwise", route.streamIf(request -> false, (request, response) -> response.send("plain")))
                .start()) {
            assertOther(204, RawExchange.get(server.port(), "/sse", "Last-Event-ID: flosse:end"));
            assertOther(406, RawExchange.get(server.port(), "/sse", "Accept: text/html"));
            assertOther(429, RawExchange.get(server.port(), "/limited"));
            assertOther(200, RawExchange.get(server.port(), "/limited", "Accept: text/event-stream"));
            assertOther(404, RawExchange.get(server.port(), "/failing"));
            assertOther(200, RawExchange.get(server.port(), "/otherwise"));
        }
    }

    private static void assertOther(int status, RawExchange response) {
        try (response) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.header("X-Fixed")).isEmpty();
            assertThat(response.header("X-Computed")).isEmpty();
        }
    }

    @Test
    void routeReplacesHeadersOfFiltersAndAddsCookies() {
        Filter filter = (chain, request, response) -> {
            response.header(HeaderNames.create("X-Both"), "filter");
            response.headers().addCookie(SetCookie.create("of", "filter"));
            chain.proceed();
        };
        SseRoute route = hello().header("X-Both", "route")
                .header("Set-Cookie", "of=route")
                .headers(request -> Map.of("Set-Cookie", "also=route"));
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter(filter))
                        .get("/sse", route)
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.text())
                    .contains("X-Both: route\r\n", "of=filter", "of=route", "also=route")
                    .doesNotContain("X-Both: filter");
        }
    }

    /** All requests share the fixed headers, and Helidon adds values to headers in place. */
    @Test
    void valueAddedToOneResponseIsNotSentWithTheNext() {
        assumeThat(HelidonLine.SENT_BY_COMMIT)
                .as("This test needs Helidon 4.4.1 or later, which has beforeSend listeners")
                .isTrue();
        Filter filter = (chain, request, response) -> {
            if (request.query().contains("more")) {
                response.beforeSend(
                        () -> response.headers().add(HeaderValues.create(HeaderNames.create("X-Fixed"), "more")));
            }
            chain.proceed();
        };
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .routing(routing -> routing.addFilter(filter))
                .get("/sse", hello().header("X-Fixed", "one"))
                .start()) {
            for (String path : new String[] {"/sse?more=1", "/sse?more=1", "/sse"}) {
                try (RawConnection client = server.get(path).awaitEnd()) {
                    assertThat(client.text().split("more", -1)).hasSize(path.contains("more") ? 2 : 1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cache-Control",
                "cache-control",
                "Connection",
                "Content-Encoding",
                "Content-Length",
                "CONTENT-TYPE",
                "Keep-Alive",
                "Proxy-Connection",
                "Trailer",
                "transfer-encoding",
                "Upgrade",
                "X-Accel-Buffering"
            })
    void headerThatFlosseSetsIsRefusedWhenTheRouteIsMade(String name) {
        assertThatThrownBy(() -> hello().header(name, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("flosse or the server sets it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "X A", "X:A", ":status", "X-A\r\nSet-Cookie", "X-\u00e9", "X-A\n", "\u0000"})
    void invalidNameIsRefusedWhenTheRouteIsMade(String name) {
        assertThatThrownBy(() -> hello().header(name, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is no name of a header")
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a\r\nSet-Cookie: a=b", "a\nb", "a\rb", "\u0000", "a\tb", " a", "a ", " ", "caf\u00e9", "\u007f"
            })
    void invalidValueIsRefusedWhenTheRouteIsMade(String value) {
        assertThatThrownBy(() -> hello().header("X-A", value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("X-A")
                .hasMessageContaining("printable ASCII")
                .message()
                .doesNotContain("Set-Cookie", "\n", "\r");
    }

    @Test
    void nullIsRefusedWhenTheRouteIsMade() {
        assertThatThrownBy(() -> hello().header(null, "x")).hasMessageContaining("name of a response header");
        assertThatThrownBy(() -> hello().header("X-A", null)).hasMessageContaining("X-A");
        assertThatThrownBy(() -> hello().headers(null)).isInstanceOf(NullPointerException.class);
    }

    static Map<String, Function<SseRequest, Map<String, String>>> failures() {
        Map<String, String> nullValue = new HashMap<>();
        nullValue.put("X-A", null);
        return Map.of(
                "reserved", request -> Map.of("Content-Type", "text/plain"),
                "name", request -> Map.of("X A", "b"),
                "injection", request -> Map.of("X-A", "b\r\nX-B: c"),
                "null value", request -> nullValue,
                "null", request -> null,
                "exception",
                        request -> {
                            throw new IllegalStateException("on purpose");
                        });
    }

    @ParameterizedTest
    @MethodSource("failureNames")
    void failedComputationIsServerErrorBeforeTheGeneratorRuns(String name) {
        var held = new AtomicInteger();
        SseRoute route = hello().throttles(request -> {
                    held.incrementAndGet();
                    return Throttle.Admission.admitted(held::decrementAndGet);
                })
                .headers(failures().get(name));
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.any("/sse", route))
                        .start();
                LogCapture log = new LogCapture()) {
            for (String method : new String[] {"GET", "HEAD"}) {
                try (RawExchange response = RawExchange.send(server.port(), method, "/sse", new byte[0])) {
                    assertThat(response.status()).isEqualTo(500);
                    assertThat(response.header("X-B")).isEmpty();
                    assertThat(response.header("Cache-Control")).contains("no-store");
                }
            }
            assertThat(log.errors())
                    .hasSize(2)
                    .allSatisfy(logged -> assertThat(logged.getMessage())
                            .startsWith("The computation of the response headers of /sse failed"));
            Deadlines.await(() -> held.get() == 0, "the release of the admissions");
        }
        assertThat(runs).hasValue(0);
    }

    static Set<String> failureNames() {
        return failures().keySet();
    }

    @Test
    void statusOfAnExceptionOfTheComputationIsKept() {
        SseRoute gone = hello().headers(request -> {
            throw new NotFoundException("there is no such answer");
        });
        SseRoute invalid = hello().headers(request -> Map.of(
                "X-Size", "" + request.body(jakarta.json.JsonObject.class).size()));
        try (LogCapture log = new LogCapture();
                TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/gone", gone)
                        .routing(routing -> routing.post("/invalid", invalid))
                        .start();
                RawExchange notFound = RawExchange.get(server.port(), "/gone");
                RawExchange badRequest = RawExchange.post(server.port(), "/invalid", "{")) {
            assertThat(notFound.status()).isEqualTo(404);
            assertThat(badRequest.status()).isEqualTo(400);
            assertThat(log.errors()).isEmpty();
        }
    }

    @Test
    void headersOfViewAreSent() {
        SseView view = new SseView() {
            @Override
            public Map<String, String> headers(SseRequest request) {
                return Map.of("X-Path", request.path());
            }

            @Override
            public void generate(SseRequest request, Yield sink) {
                sink.yield("hello");
            }
        };
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", Flosse.stream(view).header("X-More", "1"))
                        .start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.text()).contains("X-Path: /sse\r\n").contains("X-More: 1\r\n");
        }
    }
}
