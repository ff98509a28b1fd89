package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of a stream over HTTP/1.1: response headers, first frame, events and end. */
@ServerTest
class StreamBytesTest {

    private static final String END = "id: flosse:end\nevent: end\ndata: {}\n\n";

    private final int port;

    StreamBytesTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        routing.get("/hello", Flosse.stream((request, sink) -> sink.yield("hello")))
                .get("/nothing", Flosse.stream((request, sink) -> {}))
                .get("/lazy", Flosse.stream((request, sink) -> {}).openOnFirstYield())
                .get(
                        "/retry",
                        Flosse.stream((request, sink) -> sink.yield("hello")).retry(Duration.ofSeconds(3)))
                .get("/full", Flosse.stream((request, sink) -> sink.yield(full())))
                .get("/lines", Flosse.stream((request, sink) -> sink.yield("a\r\nb\rc\nd\u2028e\u0085f\fg")))
                .get("/empty", Flosse.stream((request, sink) -> sink.yield("")))
                .get("/unicode", Flosse.stream((request, sink) -> sink.yield("ä€😀")))
                .get("/comment", Flosse.stream((request, sink) -> sink.comment("a\ndata: b")))
                .get("/styles", Flosse.stream((request, sink) -> {
                    sink.yield("update", Map.of("count", 1));
                    sink.yield("update", Map.of("data", 1), "evt-42");
                    sink.yield(Map.of("data", "hi", "event", "greet"));
                    sink.yield(Map.of("foo", "bar"));
                    sink.yield(List.of(1, "two"));
                    sink.yield("none", null);
                }))
                .get("/own-headers", (request, response) -> {
                    response.header("X-Request-Id", "r1");
                    response.header("Cache-Control", "public, max-age=60");
                    response.next();
                })
                .get("/own-headers", Flosse.stream((request, sink) -> {}))
                .post("/hello", Flosse.stream((request, sink) -> sink.yield("hello")));
    }

    private static SseEvent full() {
        return SseEvent.of("x").withEvent("y").withId("1").withRetry(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hello", "/nothing", "/lazy", "/retry"})
    void everyStreamHasTheStreamHeaders(String path) {
        try (RawExchange answer = RawExchange.get(port, path)) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Content-Type")).contains("text/event-stream; charset=utf-8");
            assertThat(answer.header("Cache-Control")).contains("no-cache, no-transform");
            assertThat(answer.header("X-Accel-Buffering")).contains("no");
            assertThat(answer.header("Date")).isPresent();
        }
    }

    @Test
    void streamIsChunkedAndItsConnectionIsNotReused() {
        try (RawExchange answer = RawExchange.get(port, "/hello")) {
            answer.body();

            assertThat(answer.header("Transfer-Encoding")).contains("chunked");
            assertThat(answer.header("Connection")).contains("close");
            assertThat(answer.header("Content-Length")).isEmpty();
            assertThat(answer.rest()).isEmpty();
        }
    }

    @Test
    void headersSetBeforeAreKeptButStreamHeadersTakePrecedence() {
        try (RawExchange answer = RawExchange.get(port, "/own-headers")) {
            assertThat(answer.header("X-Request-Id")).contains("r1");
            assertThat(answer.header("Cache-Control")).contains("no-cache, no-transform");
        }
    }

    @Test
    void firstFrameIsCommentThatFlushesTheHeaders() {
        assertThat(body("/hello")).isEqualTo(":\ndata: hello\n\n" + END);
    }

    @Test
    void firstFrameIsRetryIfTheRouteHasOne() {
        assertThat(body("/retry")).isEqualTo("retry: 3000\ndata: hello\n\n" + END);
    }

    @Test
    void streamWithoutYieldIsComplete() {
        assertThat(body("/nothing")).isEqualTo(":\n" + END);
        assertThat(body("/lazy")).isEqualTo(END);
    }

    @Test
    void fieldsAreInOrderRetryIdEventData() {
        assertThat(body("/full")).isEqualTo(":\nretry: 5000\nid: 1\nevent: y\ndata: x\n\n" + END);
    }

    @Test
    void dataIsSplitOnlyAtLineEnds() {
        assertThat(body("/lines")).isEqualTo(":\ndata: a\ndata: b\ndata: c\ndata: d\u2028e\u0085f\fg\n\n" + END);
    }

    @Test
    void emptyDataIsSentAsEmptyField() {
        assertThat(body("/empty")).isEqualTo(":\ndata:\n\n" + END);
    }

    @Test
    void fourByteUtf8IsWritten() {
        assertThat(body("/unicode")).isEqualTo(":\ndata: ä€😀\n\n" + END);
    }

    @Test
    void newlineInACommentStaysAComment() {
        assertThat(body("/comment")).isEqualTo(":\n: a\n: data: b\n" + END);
    }

    @Test
    void everyYieldStyleIsEncoded() {
        assertThat(body("/styles"))
                .isEqualTo(":\nevent: update\ndata: {\"count\":1}\n\n"
                        + "id: evt-42\nevent: update\ndata: {\"data\":1}\n\n"
                        + "event: greet\ndata: hi\n\n"
                        + "data: {\"foo\":\"bar\"}\n\n"
                        + "data: [1,\"two\"]\n\n"
                        + "event: none\ndata: null\n\n" + END);
    }

    @Test
    void postEndsWithoutTheEndEvent() {
        try (RawExchange answer = RawExchange.post(port, "/hello", "")) {
            assertThat(answer.body()).isEqualTo(":\ndata: hello\n\n");
        }
    }

    private String body(String path) {
        try (RawExchange answer = RawExchange.get(port, path)) {
            return answer.body();
        }
    }
}
