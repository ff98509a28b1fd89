package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.permission.Permission;
import jakarta.json.JsonArray;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Malicious requests: none injects a field, bypasses a check, or makes the server log noise. */
class AttackTest {

    private static final Duration BODY_TIMEOUT = Duration.ofMillis(500);
    private static final BlockingQueue<String> RECEIVED = new LinkedBlockingQueue<>();

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.on(SocketType.PLAIN)
                .feature(feature -> feature.bodyTimeout(BODY_TIMEOUT))
                .get("/sse", Flosse.stream(AttackTest::echoRequest))
                .get("/path/{name}", Flosse.stream(AttackTest::echoRequest))
                .get("/refused/{name}", Flosse.stream(AttackTest::echoRequest).permissions(request -> {
                    throw new IllegalStateException("on purpose");
                }))
                .get("/own", Flosse.stream(AttackTest::echoRequest).permissions(Permission.sameOrigin()))
                .get("/any/*", Flosse.stream(AttackTest::echoRequest))
                .routing(routing -> routing.register(
                        "/service/*", rules -> rules.get("/sse", Flosse.stream(AttackTest::echoRequest))))
                .get("/inject", Flosse.stream(AttackTest::yieldInjection))
                .get(
                        "/mapped",
                        Flosse.stream((request, sink) -> {
                                    throw new IllegalStateException(
                                            request.query("text").orElse(""));
                                })
                                .onError(e ->
                                        Optional.of(SseEvent.of(e.getMessage()).withEvent("failed"))))
                .get(
                        "/mapped-name",
                        Flosse.stream((request, sink) -> {
                                    throw new IllegalStateException(
                                            request.query("text").orElse(""));
                                })
                                .onError(e -> Optional.of(SseEvent.of("x").withEvent(e.getMessage()))))
                .routing(routing -> routing.post(
                        "/body", Flosse.stream(AttackTest::echoRequest).maxBodySize(10)))
                .routing(routing -> routing.post(
                        "/echo",
                        Flosse.stream((request, sink) ->
                                        sink.yield("echo", Map.of("body", request.body(JsonArray.class))))
                                .openOnFirstYield()))
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void echoRequest(SseRequest request, Yield sink) {
        String heard = request.path() + "|" + request.query("q") + "|" + request.header("X-Q") + "|"
                + request.pathParameter("name") + "|" + request.lastEventId();
        RECEIVED.add(heard);
        sink.yield("heard", heard);
    }

    /** Yields the text of the query as each field in turn; a rejected value is reported as text. */
    private static void yieldInjection(SseRequest request, Yield sink) {
        String text = request.query("text").orElse("");
        for (Runnable yielding : List.<Runnable>of(
                () -> sink.yield(text),
                () -> sink.comment(text),
                () -> sink.yield(text, "payload"),
                () -> sink.yield("name", "payload", text),
                () -> sink.yield(Map.of("data", "x", "retry", text)))) {
            try {
                yielding.run();
            } catch (IllegalArgumentException e) {
                sink.yield("refused");
            }
        }
    }

    private static RawConnection raw(String request) {
        RawConnection client = server.connect();
        client.write(request.getBytes(StandardCharsets.ISO_8859_1));
        return client;
    }

    /** Returns the status of the response; 0 if the connection was closed without one. */
    private static int status(RawConnection client) {
        try (client) {
            while (!client.text().contains("\r\n\r\n")) {
                if (client.readSome(8192) < 0) {
                    return 0;
                }
            }
            assertThat(client.text()).doesNotContain("\tat ").doesNotContain("Exception");
            return client.status();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof SocketException) {
                return 0; // reset
            }
            throw e;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\rb", "a\nX-Q: b", "a\0b", "a\u0001b", "a\u007fb"})
    void controlCharacterInHeaderDoesNotReachTheGenerator(String value) throws Exception {
        RECEIVED.clear();
        int status = status(raw("GET /sse HTTP/1.1\r\nHost: h\r\nX-Q: " + value + "\r\n\r\n"));

        assertThat(status).isIn(0, 200, 400);
        // However Helidon handles it, no line break and no NUL reaches the generator.
        String heard = RECEIVED.poll();
        assertThat(heard == null ? "" : heard).doesNotContain("\r", "\n", "\0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\rb", "a\nb", "a\0b", "a b"})
    void requestWithControlCharacterInPathIsRejected(String part) {
        assertThat(status(raw("GET /path/" + part + " HTTP/1.1\r\nHost: h\r\n\r\n")))
                .isIn(0, 400, 404);
        assertThat(status(raw("GET /sse?q=" + part + " HTTP/1.1\r\nHost: h\r\n\r\n")))
                .isIn(0, 200, 400);
    }

    /** Encoded line breaks are legal data: they are split into data lines, not into fields. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/sse?q=a%0D%0Aid%3A%20evil%0Aevent%3A%20evil%0A%0Adata%3A%20evil",
                "/path/a%0Aid%3A%20evil%0A%0Adata%3A%20evil"
            })
    void encodedLineBreakInjectsNoField(String path) {
        try (RawConnection client = server.get(path).awaitEnd()) {
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.body().lines().filter(line -> !line.isEmpty()))
                    .allMatch(line -> line.startsWith("data:")
                            || line.equals(":")
                            || line.equals("event: heard")
                            || line.equals("id: flosse:end")
                            || line.equals("event: end"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00e4", "\u00c0\u00af", "\u00ff\u00fe"})
    void invalidUtf8StaysInItsPathSegment(String part) {
        RECEIVED.clear();
        assertThat(status(raw("GET /path/" + part + "x HTTP/1.1\r\nHost: h\r\n\r\n")))
                .isIn(0, 200, 400);
        String heard = RECEIVED.poll();
        assertThat(heard == null ? "/path/" : heard).startsWith("/path/").doesNotContain("\n", "\r", "\0");
    }

    /** An overlong encoding of a slash or a dot is invalid (RFC 3629, section 3). */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/any/..%c0%afsse",
                "/any/%c0%ae%c0%ae/sse",
                "/any/%e0%80%ae%e0%80%ae/sse",
                "/any/%f0%80%80%af",
                "/any/%c0%80"
            })
    void overlongUtf8IsNotDecodedAsSlashDotOrNul(String path) {
        RECEIVED.clear();
        try (RawConnection client = server.get(path)) {
            assertThat(client.status()).isIn(200, 400, 404);
            if (client.status() == 200) {
                client.awaitText("event: end");
                assertThat(RECEIVED.poll())
                        .startsWith("/any/")
                        .doesNotContain("\0")
                        .contains("\ufffd");
            }
        }
    }

    @Test
    void nulInPathDoesNotReachAnotherRoute() {
        RECEIVED.clear();
        try (RawConnection client = server.get("/path/a%00b").awaitEnd()) {
            assertThat(client.status()).isIn(200, 400, 404);
        }
        assertThat(RECEIVED).allMatch(heard -> heard.startsWith("/path/a\0b|"));
    }

    @Test
    void lineBreakInPathCannotForgeLogLine() {
        try (LogCapture log = new LogCapture();
                RawConnection client = server.get("/refused/a%0AERROR%20forged%1b%5b2J")) {
            assertThat(client.status()).isEqualTo(500);
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getMessage())
                            .contains("a\\u000aERROR")
                            .doesNotContain("\n")
                            .doesNotContain("\u001b"));
        }
        try (RawConnection client =
                server.get("/service/a%0AERROR%20forged/sse").awaitEnd()) {
            assertThat(client.status()).isEqualTo(200);
        }
        for (var ended = server.awaitEnded(); ; ended = server.awaitEnded()) {
            assertThat(ended.toString()).doesNotContain("\n");
            if (ended.route().startsWith("/service/a\\u000a")) {
                return;
            }
        }
    }

    /** The server's name is in {@code :authority} there, and old browsers send no {@code Sec-Fetch-Site}. */
    @Test
    void ownOriginIsAllowedOnHttp2() {
        try (Http2Client client = Http2Client.open(Http2Client.Entry.PRIOR_KNOWLEDGE, server.port())) {
            assertThat(client.awaitStatus(client.get("/own", "origin", "http://127.0.0.1")))
                    .isEqualTo(200);
            assertThat(client.awaitStatus(client.get("/own", "origin", "http://127.0.0.1:80")))
                    .isEqualTo(200);
            assertThat(client.awaitStatus(client.get("/own", "origin", "http://127.0.0.2")))
                    .isEqualTo(403);
            if (!HelidonLine.SENT_BY_COMMIT) { // Helidon 4.5 ends the connection for such a Host
                int id = client.get("/own", "origin", "http://evil.example", "host", "evil.example");
                assertThat(client.awaitStatus(id)).isEqualTo(403);
            }
        }
    }

    /** Helidon 4.3 does not check it. Its security feature would fail before the route. */
    @ParameterizedTest
    @ValueSource(strings = {"%", "a%2", "%zz", "%FF", "%C3", "%%%", "&=&", "+"})
    void malformedQueryOnHttp2IsNoServerError(String query) {
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("hello"))
                .permissions(request -> request.query("q").isPresent());
        try (TestServer plain = TestServer.on(SocketType.PLAIN)
                        .settings(settings -> settings.featuresDiscoverServices(false))
                        .get("/asked", route)
                        .start();
                Http2Client client = Http2Client.open(Http2Client.Entry.PRIOR_KNOWLEDGE, plain.port());
                AllLogs logs = new AllLogs()) {
            assertThat(client.awaitStatus(client.get("/asked?q=" + query))).isIn(200, 400);
            assertThat(logs.aboveDebug()).noneMatch(logged -> logged.startsWith("WARNING"));
            assertThat(logs.aboveDebug()).noneMatch(logged -> logged.startsWith("SEVERE"));
        }
    }

    @Test
    void tenMegabytesOfHeadersAreRejectedUnread() {
        RawConnection client = server.connect();
        String line = "X-Padding: " + "x".repeat(1000) + "\r\n";
        assertThat(flood(client, "GET /sse HTTP/1.1\r\nHost: h\r\n", line, 10_000))
                .isIn(0, 400, 431);
        assertThat(flood(server.connect(), "GET /sse HTTP/1.1\r\nHost: h\r\nX-Q: ", "x".repeat(1000), 10_000))
                .isIn(0, 400, 431);
        assertThat(flood(server.connect(), "GET /sse?q=", "x".repeat(1000), 10_000))
                .isIn(0, 400, 414);
    }

    @Test
    void oneMillionLastEventIdHeadersAreRejectedUnread() {
        assertThat(flood(server.connect(), "GET /sse HTTP/1.1\r\nHost: h\r\n", "Last-Event-ID: 1\r\n", 1_000_000))
                .isIn(0, 400, 431);
    }

    /** Sends until the server closes the connection or all parts are sent; returns the status. */
    private static int flood(RawConnection client, String start, String part, int times) {
        try {
            client.write(start);
            byte[] some = part.repeat(100).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < times / 100; i++) {
                client.write(some);
            }
        } catch (UncheckedIOException hungUp) {
            // expected
        }
        return status(client);
    }

    @Test
    void repeatedLastEventIdHeaderUsesOnlyTheFirstValue() {
        String ids = "Last-Event-ID: 1\r\n".repeat(200) + "Last-Event-ID: flosse:end\r\n";
        RECEIVED.clear();
        assertThat(status(raw("GET /sse HTTP/1.1\r\nHost: h\r\n" + ids + "\r\n")))
                .isIn(200, 400);
        assertThat(RECEIVED).allMatch(heard -> heard.endsWith("Optional[1]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a%0Aid%3A%20evil",
                "a%0Did%3A%20evil",
                "a%0D%0A%0D%0Adata%3A%20evil",
                "a%00",
                "%0A%0Aretry%3A%201",
                "%0Aevent%3A%20evil"
            })
    void injectionIntoEventFieldsStaysInItsField(String text) {
        try (RawConnection client = server.get("/inject?text=" + text).awaitEnd()) {
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.body().lines())
                    .allMatch(line -> line.isEmpty()
                            || line.startsWith("data:")
                            || line.startsWith(":")
                            || line.equals("id: flosse:end")
                            || line.equals("event: end"));
            // Event, id and retry reject the text.
            assertThat(client.body().split("data: refused\n", -1)).hasSize(4);
        }
    }

    @Test
    void injectionIntoMappedErrorStaysInItsField() {
        try (LogCapture log = new LogCapture();
                RawConnection client = server.get("/mapped?text=a%0Aid%3A%20evil%0A%0Adata%3A%20evil")
                        .awaitEnd();
                RawConnection name =
                        server.get("/mapped-name?text=a%0Aid%3A%20evil").awaitEnd()) {
            assertThat(client.body()).endsWith("event: failed\ndata: a\ndata: id: evil\ndata:\ndata: data: evil\n\n");
            assertThat(name.body())
                    .contains("event: error\ndata: {\"error\":\"internal\"")
                    .doesNotContain("evil");
            assertThat(log.errors()).hasSize(3);
        }
    }

    /** The parser of jakarta.json reads about a thousand levels. */
    @Test
    void tooDeeplyNestedBodyIs400AndDoesNotOverflowTheStack() {
        assertThat(status(raw(echo(900)))).isEqualTo(200);
        for (int depth : new int[] {1_001, 5_000, 100_000}) {
            assertThat(status(raw(echo(depth)))).isEqualTo(400);
        }
    }

    private static String echo(int depth) {
        String body = "[".repeat(depth) + "]".repeat(depth);
        return "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void tooLargeBodyIs413WithoutBeingRead() {
        assertThat(status(raw("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n")))
                .isEqualTo(413);
        assertThat(status(raw(
                        "POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n0123456789a\r\n")))
                .isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 10\r\n\r\n01234", "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"})
    void endlessBodyIsCutAfterTheBodyTimeout(String rest) {
        try (AllLogs logs = new AllLogs()) {
            RECEIVED.clear();
            long start = System.nanoTime();
            assertThat(status(raw("POST /body HTTP/1.1\r\nHost: h\r\n" + rest))).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(BODY_TIMEOUT.toNanos());
            assertThat(RECEIVED).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Found by fuzzing: the response was a 500 with an exception of Helidon in it. */
    @ParameterizedTest
    @ValueSource(strings = {"99999999999999999999", "1e3", "x", "-99999999999999999999"})
    void invalidContentLengthWithChunkedBodyIs400(String length) {
        RECEIVED.clear();
        assertThat(status(raw("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: " + length
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")))
                .isEqualTo(400);
        assertThat(RECEIVED).isEmpty();
    }

    /** Occasional bytes do not keep the connection open. */
    @Test
    void slowlySentBodyIsCutAfterTheBodyTimeout() throws Exception {
        try (RawConnection client = raw("POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")) {
            var closed = new CountDownLatch(1);
            Thread.startVirtualThread(() -> {
                try {
                    client.awaitEnd();
                } catch (UncheckedIOException reset) {
                    // also a closed connection
                }
                closed.countDown();
            });
            try {
                while (!closed.await(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                    client.write("1;drip\r\n"); // the start of a chunk without its data
                }
            } catch (UncheckedIOException hungUp) {
                closed.await();
            }
            assertThat(client.text()).doesNotContain("200 OK");
        }
    }

    @Test
    void bodyTimeoutDoesNotCutBodyThatArrivedInTime() {
        SseRoute route = Flosse.stream((request, sink) -> {
            Thread.sleep(300);
            sink.yield(request.body(String.class));
        });
        try (TestServer quick = TestServer.on(SocketType.PLAIN)
                        .feature(feature -> feature.bodyTimeout(Duration.ofMillis(100)))
                        .routing(routing -> routing.post("/body", route))
                        .start();
                RawConnection client = quick.connect()
                        .write("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
                        .awaitText("data: hello")) {
            assertThat(quick.awaitCause()).isEqualTo(EndCause.COMPLETED);
        }
    }
}
