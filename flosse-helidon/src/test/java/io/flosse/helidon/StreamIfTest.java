package io.flosse.helidon;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseRequest;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.throttle.Throttle;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import jakarta.json.JsonObject;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One address that answers with a stream or without one, depending on the body. */
class StreamIfTest {

    private static final String JSON = "Content-Type: application/json";
    private static final String STREAM = "{\"stream\":true,\"prompt\":\"hi\"}";
    private static final String PLAIN = "{\"prompt\":\"hi\"}";

    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger heldByOtherwise = new AtomicInteger(-1);
    private final AtomicInteger decisions = new AtomicInteger();
    private final TestServer server = start();

    private TestServer start() {
        Throttle counting = request -> {
            held.incrementAndGet();
            return Throttle.Admission.admitted(held::decrementAndGet);
        };
        SseRoute chat = Flosse.stream((request, sink) -> sink.yield(prompt(request)))
                .throttles(counting)
                .streamIf(
                        request -> {
                            decisions.incrementAndGet();
                            return request.body(JsonObject.class).getBoolean("stream", false);
                        },
                        (request, response) -> {
                            heldByOtherwise.set(held.get());
                            response.header(HeaderNames.CONTENT_TYPE, "application/json")
                                    .send("{\"answer\":\"" + prompt(request) + "\"}");
                        });
        SseRoute query = Flosse.stream((request, sink) -> sink.yield("hello"))
                .throttles(counting)
                .streamIf(
                        request -> request.query("plain").isEmpty(),
                        (request, response) ->
                                // Bytes, because Helidon parses Accept to write other objects.
                                response.header(HeaderNames.ETAG, "\"1\"").send("plain".getBytes(US_ASCII)));
        return TestServer.on(SocketType.PLAIN)
                .routing(routing -> routing.post("/chat", chat)
                        .post("/forbidden", chat.permissions(request -> false))
                        .post("/small", chat.maxBodySize(5))
                        .any("/query", query)
                        .any("/query/forbidden", query.permissions(request -> false))
                        .any("/query/rerun", query.noEndEvent())
                        .post(
                                "/failing-condition",
                                chat.streamIf(
                                        request -> {
                                            throw new IllegalStateException("secret");
                                        },
                                        (request, response) -> response.send("plain")))
                        .post(
                                "/gone",
                                chat.streamIf(
                                        request -> {
                                            throw new HttpException("gone", Status.GONE_410);
                                        },
                                        (request, response) -> response.send("plain")))
                        .post("/failing", otherwise(chat, (request, response) -> {
                            throw new java.io.IOException("secret");
                        }))
                        .post("/conflict", otherwise(chat, (request, response) -> {
                            throw new HttpException("conflict", Status.CONFLICT_409);
                        }))
                        .post(
                                "/array",
                                otherwise(chat, (request, response) -> request.body(jakarta.json.JsonArray.class)))
                        .post("/application", otherwise(chat, (request, response) -> {
                            throw new ArithmeticException("for the error handler");
                        }))
                        .post(
                                "/content",
                                otherwise(
                                        chat,
                                        (request, response) -> response.send(request.unwrap(ServerRequest.class)
                                                .orElseThrow()
                                                .content()
                                                .as(String.class))))
                        .post("/begun", otherwise(chat, (request, response) -> {
                            OutputStream out = response.outputStream();
                            out.write(new byte[100_000]);
                            out.flush();
                            throw new IllegalStateException("on purpose");
                        }))
                        .error(
                                ArithmeticException.class,
                                (request, response, error) ->
                                        response.status(Status.create(422)).send(error.getMessage())))
                .start();
    }

    private static SseRoute otherwise(SseRoute route, SseRoute.Otherwise otherwise) {
        return route.streamIf(request -> false, otherwise);
    }

    private static String prompt(SseRequest request) {
        return request.body(JsonObject.class).getString("prompt");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RawExchange post(String path, String body) {
        return RawExchange.post(server.port(), path, body, JSON);
    }

    @Test
    void bodyChoosesBetweenStreamAndOtherAnswer() {
        try (RawExchange stream = post("/chat", STREAM);
                RawExchange plain = post("/chat", PLAIN)) {
            assertThat(stream.status()).isEqualTo(200);
            assertThat(stream.header("Content-Type")).contains("text/event-stream; charset=utf-8");
            assertThat(stream.body()).isEqualTo(":\ndata: hi\n\n");

            assertThat(plain.status()).isEqualTo(200);
            assertThat(plain.header("Content-Type")).contains("application/json");
            assertThat(plain.header("Cache-Control")).isEmpty();
            assertThat(plain.header("X-Accel-Buffering")).isEmpty();
            assertThat(plain.header("Content-Length")).contains("15");
            assertThat(plain.body()).isEqualTo("{\"answer\":\"hi\"}");
        }
    }

    @Test
    void bodyChoosesOnHttp2() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            // The JDK client cannot start an HTTP/2 connection with a request that has a body.
            HttpResponse<String> first = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/query"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(http2(client, STREAM).body()).isEqualTo(":\ndata: hi\n\n");
            assertThat(http2(client, PLAIN).body()).isEqualTo("{\"answer\":\"hi\"}");
            assertThat(http2(client, "{").statusCode()).isEqualTo(400);
        }
        Deadlines.await(() -> held.get() == 0, "the release of all admissions");
    }

    private HttpResponse<String> http2(HttpClient client, String body) throws Exception {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/chat"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        return response;
    }

    @Test
    void throttlePlaceIsHeldDuringOtherAnswerAndReleasedAfterIt() {
        try (RawExchange plain = post("/chat", PLAIN)) {
            assertThat(plain.status()).isEqualTo(200);
        }
        assertThat(heldByOtherwise).hasValue(1);
        Deadlines.await(() -> held.get() == 0, "the release of the admission");
        assertThat(server.feature().streams()).isEmpty();
    }

    /** Also the connection: it is kept after an answer that is no stream. */
    @Test
    void connectionServesTheNextRequestAfterOtherAnswer() {
        String request = "POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\n" + JSON + "\r\nContent-Length: " + PLAIN.length()
                + "\r\n\r\n" + PLAIN;
        try (RawConnection client =
                server.connect().write(request).awaitText("{\"answer\":\"hi\"}").write(request.replace("hi", "ho"))) {
            client.awaitText("{\"answer\":\"ho\"}");
        }
        assertThat(decisions).hasValue(2);
    }

    @Test
    void refusedRequestIsNotDecided() {
        try (RawExchange forbidden = post("/forbidden", PLAIN);
                RawExchange large = post("/small", PLAIN)) {
            assertThat(forbidden.status()).isEqualTo(403);
            assertThat(large.status()).isEqualTo(413);
            assertThat(large.header("Connection")).contains("close");
        }
        assertThat(decisions).hasValue(0);
        Deadlines.await(() -> held.get() == 0, "the release of all admissions");
    }

    @ParameterizedTest
    @CsvSource({
        "/chat, {, 400, The body is not a valid JsonObject, 0",
        "/array, {}, 400, The body is not a valid JsonArray, 0",
        "/gone, {}, 410, gone, 0",
        "/conflict, {}, 409, conflict, 0",
        "/application, {}, 422, for the error handler, 1",
        "/failing-condition, {}, 500, 'Internal error, ref', 1",
        "/failing, {}, 500, 'Internal error, ref', 1",
        "/content, {}, 500, 'Internal error, ref', 1",
    })
    void exceptionIsAnsweredAsBeforeOpening(String path, String body, int status, String answer, int logged) {
        try (LogCapture log = new LogCapture();
                RawExchange response = post(path, body)) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body()).startsWith(answer).doesNotContain("secret");
            if (status != 422) {
                assertThat(response.header("Cache-Control")).contains("no-store");
            }
            assertThat(log.errors()).hasSize(logged);
        }
        Deadlines.await(() -> held.get() == 0, "the release of the admission");
    }

    @Test
    void exceptionAfterTheResponseHasBegunCutsIt() {
        try (LogCapture log = new LogCapture();
                RawConnection client = server.connect()
                        .write("POST /begun HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}")
                        .awaitEnd()) {
            assertThat(client.text()).startsWith("HTTP/1.1 200 ").doesNotContain("\r\n0\r\n\r\n", "Internal error");
            assertThat(log.messages())
                    .singleElement()
                    .asString()
                    .startsWith("The handler of streamIf of /begun failed");
        }
        Deadlines.await(() -> held.get() == 0, "the release of the admission");
    }

    /** Accept and Last-Event-ID say something about a stream, so they do not count for another answer. */
    @ParameterizedTest
    @CsvSource({
        "/query?plain=1, Accept: application/json, 200, plain",
        "/query?plain=1, Accept: nonsense, 200, plain",
        "/query?plain=1, Accept: text/event-stream, 200, plain",
        "/query?plain=1, Last-Event-ID: flosse:end, 200, plain",
        "/query, Accept: application/json, 406, This is an event stream",
        "/query, Accept: nonsense, 400, The Accept header is invalid",
        "/query, Last-Event-ID: flosse:end, 204, ''",
        "/query/rerun, Last-Event-ID: flosse:end, 200, ':\ndata: hello\n\n'",
        "/query, Accept: text/event-stream, 200, ':\ndata: hello\n\nid: flosse:end\n'",
        "/query/forbidden, Last-Event-ID: flosse:end, 403, No permission",
    })
    void headersOfGetCountOnceTheStreamIsChosen(String path, String header, int status, String body) {
        try (RawExchange get = RawExchange.get(server.port(), path, header)) {
            assertThat(get.status()).isEqualTo(status);
            if (status >= 204) {
                assertThat(get.header("Cache-Control")).contains("no-store");
            }
            assertThat(status == 204 ? "" : get.body()).startsWith(body);
        }
        Deadlines.await(() -> held.get() == 0, "the release of the admission");
    }

    @Test
    void headOfEitherAnswerHasNoBody() {
        try (RawConnection stream = server.connect()
                        .write("HEAD /query HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                        .awaitEnd();
                RawExchange plain = RawExchange.send(server.port(), "HEAD", "/query?plain=1", new byte[0])) {
            assertThat(stream.text())
                    .startsWith("HTTP/1.1 200 ")
                    .contains("text/event-stream")
                    .endsWith("\r\n\r\n");
            assertThat(plain.status()).isEqualTo(200);
            assertThat(plain.header("ETag")).contains("\"1\"");
            assertThat(plain.header("Content-Encoding")).isEmpty();
            int length = plain.bytes().length();
            plain.write("GET /query?plain=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            assertThat(plain.readHead().status()).isEqualTo(200);
            assertThat(plain.bytes().substring(length)).startsWith("HTTP/1.1 200 ");
        }
        Deadlines.await(() -> held.get() == 0, "the release of all admissions");
    }

    @Test
    void headOfEitherAnswerHasNoBodyOnHttp2() {
        try (Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            for (String path : new String[] {"/query", "/query?plain=1"}) {
                int id = client.head(path);
                assertThat(client.awaitEnd(id)).isEmpty();
                assertThat(client.awaitStatus(id)).isEqualTo(200);
            }
            assertThat(client.awaitEnd(client.get("/query?plain=1"))).isEqualTo("plain");
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void laterCallReplacesTheChoice() {
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("stream"))
                .streamIf(request -> false, (request, response) -> response.send("first"));
        try (TestServer own = TestServer.on(SocketType.PLAIN)
                        .get("/first", route)
                        .get("/second", route.streamIf(request -> true, (request, response) -> {}))
                        .start();
                RawExchange first = RawExchange.get(own.port(), "/first");
                RawExchange second = RawExchange.get(own.port(), "/second")) {
            assertThat(first.body()).isEqualTo("first");
            assertThat(second.body()).contains("data: stream");
        }
    }
}
