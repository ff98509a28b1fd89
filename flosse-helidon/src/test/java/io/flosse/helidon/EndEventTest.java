package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Other end events, and failures that end a stream for good. */
@ServerTest
class EndEventTest {

    private static final String FINISHED = "Last-Event-ID: flosse:end";
    private static final SseEvent DONE = SseEvent.of("[DONE]");
    private static final SseEvent ID_ALONE = SseEvent.ofId("flosse:end");

    private static final Channels CHANNELS = Channels.inMemory();

    private final int port;

    EndEventTest(WebServer server) {
        port = server.port();
    }

    private static final class View extends SseView {
        @Override
        public Optional<SseEvent> endEvent() {
            return Optional.of(SseEvent.of("bye").withEvent("done").withRetry(Duration.ofSeconds(9)));
        }

        @Override
        public Optional<SseEvent> onError(Throwable failure) {
            return Optional.of(SseEvent.of("gone").withEvent("fatal").withEndId());
        }

        @Override
        public void generate(SseRequest request, Yield sink) {
            sink.yield("x");
            if (request.query("fail").isPresent()) {
                throw new IllegalStateException("expected");
            }
        }
    }

    private static final class Polled extends SseView {
        @Override
        public boolean noEndEvent() {
            return true;
        }

        @Override
        public Optional<SseEvent> endEvent() {
            return Optional.of(DONE);
        }

        @Override
        public void generate(SseRequest request, Yield sink) {
            sink.yield("x");
        }
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("x"));
        SseRoute failing = Flosse.stream((request, sink) -> {
            throw new IllegalStateException("expected");
        });
        Channel ended = CHANNELS.channel("ended").withHistory();
        ended.publish(SseEvent.of("one"));
        ended.end();
        SseRoute subscribed = Flosse.subscribe(ended);
        routing.any("/done", route.endEvent(DONE))
                .get("/json", route.endEvent(SseEvent.of(Map.of("a", 1)).withEvent("done")))
                .get("/id", route.endEvent(ID_ALONE))
                .get("/last-call-wins", route.noEndEvent().endEvent(DONE))
                .get("/none", route.endEvent(DONE).noEndEvent())
                .get("/unencodable", route.endEvent(SseEvent.of(Double.NaN)))
                .get("/view", Flosse.stream(new View()))
                .get("/polled", Flosse.stream(new Polled()))
                .get("/channel", subscribed.endEvent(DONE))
                .get("/channel-id", subscribed.endEvent(ID_ALONE))
                .get("/channel-none", subscribed.noEndEvent())
                .get(
                        "/fatal",
                        failing.onError(failure -> Optional.of(
                                SseEvent.of("gone").withEvent("fatal").withEndId())))
                .get("/fatal-polled", failing.noEndEvent().onError(failure -> Optional.of(ID_ALONE)))
                .get(
                        "/not-fatal",
                        failing.onError(
                                failure -> Optional.of(SseEvent.of("gone").withId("flosse:end "))))
                .get("/frames", Flosse.stream((request, sink) -> {
                    sink.yield(SseEvent.ofId("7"));
                    sink.yield(SseEvent.ofRetry(Duration.ofSeconds(5)));
                    sink.yield(SseEvent.ofId("8").withRetry(Duration.ofSeconds(6)));
                    try {
                        sink.yield(ID_ALONE);
                    } catch (IllegalArgumentException reserved) {
                        sink.yield("refused");
                    }
                }));
    }

    private String body(String path, String... headers) {
        try (RawExchange answer = RawExchange.get(port, path, headers)) {
            return answer.body();
        }
    }

    private int statusOfReconnect(String path) {
        try (RawExchange answer = RawExchange.get(port, path, FINISHED)) {
            return answer.status();
        }
    }

    @Test
    void endEventReplacesTheDefaultAndHasTheReservedId() {
        assertThat(body("/done")).isEqualTo(":\ndata: x\n\nid: flosse:end\ndata: [DONE]\n\n");
        assertThat(body("/json")).endsWith("id: flosse:end\nevent: done\ndata: {\"a\":1}\n\n");
        assertThat(body("/view")).endsWith("retry: 9000\nid: flosse:end\nevent: done\ndata: bye\n\n");
        assertThat(body("/last-call-wins")).endsWith("id: flosse:end\ndata: [DONE]\n\n");
    }

    @Test
    void idAloneEndsAStreamWithoutAnEvent() {
        assertThat(body("/id")).isEqualTo(":\ndata: x\n\nid: flosse:end\n\n");
    }

    @Test
    void channelEndsWithTheEndEventOfItsRoute() {
        assertThat(body("/channel")).endsWith("data: one\n\nid: flosse:end\ndata: [DONE]\n\n");
        assertThat(body("/channel-id")).endsWith("data: one\n\nid: flosse:end\n\n");
        assertThat(body("/channel-none")).endsWith("data: one\n\n");
    }

    @Test
    void noEndEventSendsNothingAndAnswersNo204() {
        assertThat(body("/none")).isEqualTo(":\ndata: x\n\n");
        assertThat(body("/polled")).isEqualTo(":\ndata: x\n\n");
        assertThat(statusOfReconnect("/none")).isEqualTo(200);
        assertThat(statusOfReconnect("/polled")).isEqualTo(200);
        assertThat(statusOfReconnect("/channel-none")).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/done", "/id", "/view", "/last-call-wins", "/channel", "/channel-id", "/unencodable"})
    void reconnectAfterAnyEndEventIs204(String path) {
        assertThat(statusOfReconnect(path)).isEqualTo(204);
    }

    @Test
    void otherMethodsGetNoEndEvent() {
        try (RawExchange answer = RawExchange.post(port, "/done", "")) {
            assertThat(answer.body()).isEqualTo(":\ndata: x\n\n");
        }
    }

    @Test
    void endEventThatCannotBeWrittenIsLoggedAndItsIdIsSent() {
        try (LogCapture log = new LogCapture()) {
            assertThat(body("/unencodable")).isEqualTo(":\ndata: x\n\nid: flosse:end\n\n");
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(error -> assertThat(error.getMessage()).startsWith("The end event of /unencodable"));
        }
    }

    @Test
    void endEventWithAnotherIdIsRejected() {
        SseRoute route = Flosse.stream((request, sink) -> {});
        assertThat(route.endEvent(DONE.withEndId())).isNotNull();
        for (SseEvent event : new SseEvent[] {DONE.withId("7"), SseEvent.ofId("flosse:end ")}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> route.endEvent(event))
                    .withMessageContaining("endEvent");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/fatal", "/view?fail=1"})
    void failureCanEndAStreamForGood(String path) {
        try (LogCapture log = new LogCapture()) {
            assertThat(body(path)).endsWith("id: flosse:end\nevent: fatal\ndata: gone\n\n");
            assertThat(log.errors()).hasSize(1);
        }
        assertThat(statusOfReconnect(path)).isEqualTo(204);
    }

    @Test
    void failureCanEndAStreamForGoodThatIsPolledOtherwise() {
        try (LogCapture ignored = new LogCapture()) {
            assertThat(body("/fatal-polled")).isEqualTo(":\nid: flosse:end\n\n");
        }
        assertThat(statusOfReconnect("/fatal-polled")).isEqualTo(204);
    }

    @Test
    void errorEventWithAnInvalidIdIsReplacedByTheDefault() {
        try (LogCapture ignored = new LogCapture()) {
            assertThat(body("/not-fatal"))
                    .startsWith(":\nevent: error\ndata: {\"error\":\"internal\",")
                    .doesNotContain("flosse:end");
        }
    }

    @Test
    void framesWithoutDataAreWritten() {
        assertThat(body("/frames"))
                .startsWith(":\nid: 7\n\nretry: 5000\nretry: 6000\nid: 8\n\ndata: refused\n\nid: flosse:end\n");
    }
}
