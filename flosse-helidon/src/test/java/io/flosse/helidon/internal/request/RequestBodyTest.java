package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SSE by POST: the body is read completely and within its size limit before the stream opens. */
@ServerTest
class RequestBodyTest {

    private static final String JSON = "Content-Type: application/json";

    private final int port;

    RequestBodyTest(WebServer server) {
        port = server.port();
    }

    public record Prompt(String prompt) {}

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        routing.post("/text", Flosse.stream((request, sink) -> sink.yield(request.body(String.class))))
                .post(
                        "/lazy-text",
                        Flosse.stream((request, sink) -> sink.yield(request.body(String.class)))
                                .openOnFirstYield())
                .post("/bytes", Flosse.stream((request, sink) -> {
                    byte[] first = request.body(byte[].class);
                    Arrays.fill(first, (byte) 0);
                    sink.yield(request.body(byte[].class));
                }))
                .post(
                        "/json",
                        Flosse.stream((request, sink) -> sink.yield(
                                        request.body(JsonObject.class).getString("prompt", "none")))
                                .openOnFirstYield())
                .post("/json/default", Flosse.stream((request, sink) -> sink.yield(request.body(JsonObject.class))))
                .post(
                        "/record",
                        Flosse.stream((request, sink) ->
                                        sink.yield(request.body(Prompt.class).prompt()))
                                .openOnFirstYield())
                .post(
                        "/unsupported",
                        Flosse.stream((request, sink) -> sink.yield(request.body(Thread.class)))
                                .openOnFirstYield())
                .post(
                        "/small",
                        Flosse.stream((request, sink) -> sink.yield(request.body(byte[].class).length))
                                .maxBodySize(10))
                .post("/default-bound", Flosse.stream((request, sink) -> sink.yield(request.body(byte[].class).length)))
                .get("/get", Flosse.stream((request, sink) -> sink.yield("<" + request.body(String.class) + ">")))
                .post("/secret", Flosse.stream((request, sink) -> {}).permissions(request -> false));
    }

    @Test
    void bodyIsReadAsString() {
        assertThat(post("/text", "wörd\nnext", "Content-Type: text/plain")).isEqualTo(":\ndata: wörd\ndata: next\n\n");
    }

    @Test
    void stringBodyUsesTheCharsetOfItsContentType() {
        byte[] latin = "wörd".getBytes(StandardCharsets.ISO_8859_1);
        try (RawExchange answer = RawExchange.send(
                port, "POST", "/text", latin, "Content-Length: 4", "Content-Type: text/plain; charset=iso-8859-1")) {
            assertThat(answer.body()).contains("data: wörd\n");
        }
    }

    @Test
    void eachCallOfBodyReturnsItsOwnByteArray() {
        assertThat(post("/bytes", "AB")).contains("data: [65,66]\n");
    }

    @Test
    void bodyIsReadAsJsonObject() {
        assertThat(post("/json", "{\"prompt\":\"hi\"}", JSON)).isEqualTo("data: hi\n\n");
    }

    @Test
    void bodyIsReadAsRecordByJsonB() {
        assertThat(post("/record", "{\"prompt\":\"hi\"}", JSON)).isEqualTo("data: hi\n\n");
    }

    @Test
    void emptyBodyIsEmptyString() {
        assertThat(post("/text", "")).isEqualTo(":\ndata:\n\n");
        try (RawExchange answer = RawExchange.get(port, "/get")) {
            assertThat(answer.body()).contains("data: <>\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"prompt\":}", "[]", "\"text\"", "null"})
    void malformedJsonBeforeFirstYieldIs400(String body) {
        try (RawExchange answer = RawExchange.post(port, "/json", body, JSON)) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("The body is not a valid JsonObject");
        }
    }

    @Test
    void malformedRecordBeforeFirstYieldIs400() {
        try (RawExchange answer = RawExchange.post(port, "/record", "{", JSON)) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("The body is not a valid Prompt");
        }
    }

    @Test
    void malformedJsonAfterOpenIsErrorEvent() {
        try (LogCapture ignored = new LogCapture()) {
            assertThat(post("/json/default", "{", JSON)).startsWith(":\nevent: error\n");
        }
    }

    @Test
    void unknownCharsetBeforeFirstYieldIs400() {
        try (RawExchange answer =
                RawExchange.post(port, "/lazy-text", "x", "Content-Type: text/plain; charset=klingon")) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("charset");
        }
    }

    @Test
    void unsupportedBodyTypeIs500() {
        try (LogCapture log = new LogCapture();
                RawExchange answer = RawExchange.post(port, "/unsupported", "x", "Content-Type: text/x-unknown")) {
            assertThat(answer.status()).isEqualTo(500);
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown())
                            .hasMessageContaining("java.lang.Thread")
                            .hasMessageContaining("helidon-http-media-jsonb"));
        }
    }

    @Test
    void bodyAtTheSizeLimitIsRead() {
        assertThat(post("/small", "0123456789")).contains("data: 10\n");
    }

    @Test
    void contentLengthAboveTheLimitIs413() {
        try (RawExchange answer = RawExchange.post(port, "/small", "0123456789a")) {
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.bytes()).doesNotContain("event-stream");
        }
    }

    @Test
    void tooLargeBodyIsRefusedBeforeItIsSent() {
        try (RawExchange answer = RawExchange.send(
                port, "POST", "/default-bound", new byte[0], "Content-Length: 1048577", "Expect: 100-continue")) {
            assertThat(answer.status()).isEqualTo(413);
        }
    }

    @Test
    void chunkedBodyAboveTheLimitIs413() {
        try (RawExchange answer = chunked("/small", "012345", "6789a")) {
            assertThat(answer.status()).isEqualTo(413);
        }
    }

    @Test
    void chunkedBodyIsRead() {
        try (RawExchange answer = chunked("/text", "hello, ", "world")) {
            assertThat(answer.body()).contains("data: hello, world\n");
        }
    }

    private RawExchange chunked(String path, String... chunks) {
        var body = new StringBuilder();
        for (String chunk : chunks) {
            body.append(Integer.toHexString(chunk.length()))
                    .append("\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        byte[] bytes = body.append("0\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        return RawExchange.send(port, "POST", path, bytes, "Transfer-Encoding: chunked");
    }

    @Test
    void expectContinueIsAnsweredBeforeTheBody() {
        try (RawExchange connection =
                RawExchange.send(port, "POST", "/text", new byte[0], "Content-Length: 5", "Expect: 100-continue")) {
            assertThat(connection.status()).isEqualTo(100);
            connection.write("hello");

            assertThat(connection.readHead().status()).isEqualTo(200);
            assertThat(connection.body()).contains("data: hello\n");
        }
    }

    @Test
    void refusalSendsNoContinueForTheBody() {
        try (RawExchange answer =
                RawExchange.send(port, "POST", "/secret", new byte[0], "Content-Length: 5", "Expect: 100-continue")) {
            assertThat(answer.status()).isEqualTo(403);
        }
    }

    private String post(String path, String body, String... headers) {
        try (RawExchange answer = RawExchange.post(port, path, body, headers)) {
            assertThat(answer.status()).isEqualTo(200);
            return answer.body();
        }
    }
}
