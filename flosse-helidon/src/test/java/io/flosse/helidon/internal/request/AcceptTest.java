package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content negotiation of streams (RFC 9110, section 12.5.1). */
@ServerTest
class AcceptTest {

    private final int port;

    AcceptTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        routing.get("/hello", Flosse.stream((request, sink) -> sink.yield("hello")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/event-stream",
                "TEXT/Event-Stream",
                "text/event-stream;q=0.1",
                "text/event-stream;charset=utf-8",
                "text/*",
                "*/*",
                "text/html, application/xhtml+xml, */*;q=0.8",
                "application/json, text/event-stream",
                "text/*;q=0, text/event-stream",
                "*/*;q=0, text/*;q=0.5"
            })
    void acceptHeaderThatAllowsEventStreamIsServed(String accept) {
        try (RawExchange answer = RawExchange.get(port, "/hello", "Accept: " + accept)) {
            assertThat(answer.status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "text/html",
                "application/*",
                "text/event-stream;q=0",
                "text/event-stream;q=0.0, */*",
                "text/*;q=0, */*;q=1",
                "*/*;q=0",
                "image/*, text/plain"
            })
    void acceptHeaderThatExcludesEventStreamIs406(String accept) {
        try (RawExchange answer = RawExchange.get(port, "/hello", "Accept: " + accept)) {
            assertThat(answer.status()).isEqualTo(406);
            assertThat(answer.body()).contains("text/event-stream").doesNotContain("hello");
        }
    }

    @Test
    void requestWithoutAcceptHeaderIsServed() {
        try (RawExchange answer = RawExchange.get(port, "/hello")) {
            assertThat(answer.status()).isEqualTo(200);
        }
    }

    @Test
    void repeatedAcceptHeadersAreOneList() {
        try (RawExchange answer =
                RawExchange.get(port, "/hello", "Accept: application/json", "Accept: text/event-stream")) {
            assertThat(answer.status()).isEqualTo(200);
        }
    }
}
