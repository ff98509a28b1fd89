package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.RawHttp2;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A query parameter in place of Last-Event-ID, for clients that can't send the header. */
@ServerTest
class LastEventIdParameterTest {

    private static final Channel CHANNEL = Channels.inMemory().channel("news").withHistory();

    private final int port;

    LastEventIdParameterTest(WebServer server) {
        port = server.port();
    }

    private static final class View extends SseView {
        @Override
        public Optional<String> lastEventIdParameter() {
            return Optional.of("last");
        }

        @Override
        public void generate(SseRequest request, Yield sink) {
            sink.yield("after " + request.lastEventId().orElse("nothing"));
        }
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute plain = Flosse.stream(
                (request, sink) -> sink.yield("after " + request.lastEventId().orElse("nothing")));
        SseRoute route = plain.lastEventIdParameter("lastEventId");
        routing.any("/plain", plain)
                .any("/sse", route)
                .get("/again", route.noEndEvent())
                .get("/view", Flosse.stream(new View()))
                .get("/news", Flosse.subscribe(CHANNEL).lastEventIdParameter("lastEventId"));
    }

    private String body(String path, String... headers) {
        try (RawExchange answer = RawExchange.get(port, path, headers)) {
            return answer.body();
        }
    }

    private int status(String method, String path, String... headers) {
        try (RawExchange answer = RawExchange.send(port, method, path, new byte[0], headers)) {
            return answer.status();
        }
    }

    @Test
    void parameterIsTheLastEventIdOnARouteWithTheOption() {
        assertThat(body("/sse?lastEventId=7")).contains("data: after 7\n");
        assertThat(body("/view?last=7")).contains("data: after 7\n");
        assertThat(body("/plain?lastEventId=7")).contains("data: after nothing\n");
        assertThat(body("/sse?other=7")).contains("data: after nothing\n");
    }

    @Test
    void headerWins() {
        assertThat(body("/sse?lastEventId=7", "Last-Event-ID: 8")).contains("data: after 8\n");
        assertThat(body("/sse?lastEventId=flosse:end", "Last-Event-ID: 8")).contains("data: after 8\n");
        assertThat(status("GET", "/sse?lastEventId=7", "Last-Event-ID: flosse:end"))
                .isEqualTo(204);
        assertThat(body("/sse?lastEventId=7", "Last-Event-ID:")).contains("data: after 7\n");
    }

    @Test
    void finishedStreamIs204() {
        for (String id : new String[] {"flosse:end", "flosse%3Aend", "+flosse:end%20", "%09flosse:end"}) {
            assertThat(status("GET", "/sse?lastEventId=" + id)).as(id).isEqualTo(204);
            assertThat(status("HEAD", "/sse?lastEventId=" + id)).as(id).isEqualTo(204);
        }
        try (RawHttp2 answer = RawHttp2.get(port, "/sse?lastEventId=flosse:end")) {
            assertThat(answer.status()).isEqualTo(204);
        }
        assertThat(status("GET", "/view?last=flosse:end")).isEqualTo(204);
        assertThat(status("GET", "/plain?lastEventId=flosse:end")).isEqualTo(200);
        assertThat(status("GET", "/again?lastEventId=flosse:end")).isEqualTo(200);
        assertThat(status("POST", "/sse?lastEventId=flosse:end", "Content-Length: 0"))
                .isEqualTo(200);
    }

    @Test
    void channelResumesAfterTheParameter() {
        String one = CHANNEL.publish(SseEvent.of("one"));
        String two = CHANNEL.publish(SseEvent.of("two"));
        try (RawExchange client = RawExchange.get(port, "/news?lastEventId=" + one)) {
            assertThat(client.bodyUntil("two\n\n")).isEqualTo(":\nid: " + two + "\ndata: two\n\n");
        }
        try (RawExchange client = RawExchange.get(port, "/news?lastEventId=caf%C3%A9")) {
            assertThat(client.bodyUntil("two\n\n")).startsWith(":\nevent: gap\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "%20", "%09+"})
    void emptyParameterIsTreatedAsMissing(String id) {
        assertThat(body("/sse?lastEventId=" + id)).contains("data: after nothing\n");
    }

    /** Helidon answers a header with such a character in the same way. */
    @ParameterizedTest
    @ValueSource(strings = {"a%0Ab", "a%0D%0Ab", "%00", "a%1Bb", "a%7F"})
    void controlCharacterIs400(String id) {
        try (AllLogs logs = new AllLogs()) {
            assertThat(status("GET", "/sse?lastEventId=" + id)).isEqualTo(400);
            assertThat(status("POST", "/sse?lastEventId=" + id, "Content-Length: 0"))
                    .isEqualTo(400);
            assertThat(status("GET", "/again?lastEventId=" + id)).isEqualTo(400);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void nameIsNotEmpty() {
        SseRoute route = Flosse.stream((request, sink) -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.lastEventIdParameter(" "))
                .withMessageContaining("lastEventIdParameter");
    }
}
