package io.flosse.helidon.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchIllegalArgumentException;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Helidon's own events as yielded values: flosse frames them and fixes the errors of Helidon's sink. */
@ServerTest
class HelidonEventTest {

    private static final Map<String, SseEvent> EVENTS = events();

    private final int port;

    HelidonEventTest(WebServer server) {
        port = server.port();
    }

    public record Point(int x, int y) {}

    private static Map<String, SseEvent> events() {
        Map<String, SseEvent> events = new LinkedHashMap<>();
        events.put("text", SseEvent.create("hello"));
        events.put("lines", SseEvent.builder().data("one\ntwo\r\nthree\rfour").build());
        events.put(
                "all",
                SseEvent.builder()
                        .data("x")
                        .name("y")
                        .id("1")
                        .comment("note")
                        .reconnectDelay(Duration.ofSeconds(5))
                        .build());
        events.put("comment", SseEvent.builder().comment("note").build());
        events.put("id", SseEvent.builder().id("7").build());
        events.put(
                "retry",
                SseEvent.builder().reconnectDelay(Duration.ofSeconds(2)).build());
        events.put("bytes", SseEvent.create("ä\nb".getBytes(StandardCharsets.UTF_8)));
        events.put("json", SseEvent.create(Map.of("a", 1), MediaTypes.APPLICATION_JSON));
        events.put("record", SseEvent.create(new Point(1, 2), MediaTypes.APPLICATION_JSON));
        events.put("record-without-type", SseEvent.create(new Point(1, 2)));
        events.put("empty", SseEvent.create(""));
        events.put(
                "injected-comment", SseEvent.builder().comment("a\n\ndata: b").build());
        events.put(
                "injected-name", SseEvent.builder().name("a\ndata: b").data("x").build());
        events.put("surrogate", SseEvent.create("a\uD83D"));
        events.put("not-ascii-id", SseEvent.builder().id("caf\u00e9").data("x").build());
        events.put(
                "injected-id", SseEvent.builder().id("a\n\ndata: b").data("x").build());
        return events;
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        EVENTS.forEach((name, event) -> routing.get(
                        "/" + name,
                        Flosse.stream((request, sink) -> sink.yield(event)).noEndEvent())
                .get(
                        "/" + name + "/refused",
                        Flosse.stream((request, sink) -> {
                                    String message = catchIllegalArgumentException(() -> sink.yield(event))
                                            .getMessage();
                                    sink.yield("refused", message);
                                })
                                .noEndEvent()));
    }

    @Test
    void dataIsSplitIntoLines() {
        assertThat(body("text")).isEqualTo("data: hello\n\n");
        assertThat(body("lines")).isEqualTo("data: one\ndata: two\ndata: three\ndata: four\n\n");
        assertThat(body("empty")).isEqualTo("data:\n\n");
    }

    @Test
    void allFieldsAreWritten() {
        assertThat(body("all")).isEqualTo(": note\nretry: 5000\nid: 1\nevent: y\ndata: x\n\n");
    }

    @Test
    void eventWithOnlyCommentHasNoDataLine() {
        assertThat(body("comment")).isEqualTo(": note\n\n");
    }

    @Test
    void eventWithOnlyIdHasNoDataLine() {
        assertThat(body("id")).isEqualTo("id: 7\n\n");
    }

    @Test
    void idThatIsNotAsciiIsRejected() {
        assertThat(body("not-ascii-id/refused"))
                .startsWith("event: refused\ndata: The id 'caf\u00e9' has the character");
    }

    @Test
    void unpairedSurrogateInTextBecomesTheReplacementCharacter() {
        assertThat(body("surrogate")).isEqualTo("data: a\uFFFD\n\n");
    }

    @Test
    void eventWithOnlyRetryIsWritten() {
        assertThat(body("retry")).isEqualTo("retry: 2000\n\n");
    }

    @Test
    void byteArrayIsWrittenAsText() {
        assertThat(body("bytes")).isEqualTo("data: ä\ndata: b\n\n");
    }

    @Test
    void jsonMediaTypeIsWrittenAsJson() {
        assertThat(body("json")).isEqualTo("data: {\"a\":1}\n\n");
        assertThat(body("record")).isEqualTo("data: {\"x\":1,\"y\":2}\n\n");
        assertThat(body("record-without-type")).isEqualTo("data: {\"x\":1,\"y\":2}\n\n");
    }

    @Test
    void newlineInACommentStaysAComment() {
        assertThat(body("injected-comment")).isEqualTo(": a\n:\n: data: b\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"injected-name", "injected-id"})
    void newlineInEventOrIdIsRejected(String name) {
        assertThat(body(name + "/refused")).matches("event: refused\ndata: (event|id) must not contain LF.*\n\n");
    }

    /** Returns the body without the first frame. */
    private String body(String path) {
        try (RawExchange answer = RawExchange.get(port, "/" + path)) {
            String body = answer.body();
            assertThat(body).startsWith(":\n");
            return body.substring(2);
        }
    }
}
