package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        routing.any("/hello", Flosse.stream((request, sink) -> sink.yield("hello")));
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
                "*/*;q=0, text/*;q=0.5",
                "text/event-stream ; q=0.5",
                "text/event-stream\t;\tq=0.5\t",
                "text/event-stream; Q=1.000",
                "text/event-stream;q=1.",
                "text/event-stream;q=0.001",
                "text/event-stream;q=0.5;level=1",
                "text/event-stream;",
                "text/event-stream;; ;q=1",
                "text/event-stream;note=\"a, b;q=0 \\\" c\"",
                "TEXT/*;q=0.5",
                "",
                " , ,\t,",
                ", text/event-stream ,,",
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2" // HttpURLConnection of old JDKs
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
                "image/*, text/plain",
                "text/event-stream;q=0.",
                "text/event-stream ; Q=0.000",
                "text/event-stream;note=\"a\";q=0",
                "*/event-stream",
                "text/event-streams",
                "x/y;note=\"text/event-stream\""
            })
    void acceptHeaderThatExcludesEventStreamIs406(String accept) {
        try (RawExchange answer = RawExchange.get(port, "/hello", "Accept: " + accept)) {
            assertThat(answer.status()).isEqualTo(406);
            assertThat(answer.body()).contains("text/event-stream").doesNotContain("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/event-stream;q=abc",
                "*/*;q=1.0.0",
                "text/event-stream;q=2",
                "text/event-stream;q=1.001",
                "text/event-stream;q=0.1234",
                "text/event-stream;q=-1",
                "text/event-stream;q=+1",
                "text/event-stream;q=.5",
                "text/event-stream;q=",
                "text/event-stream;q=\"0.5\"",
                "text/event-stream;q = 0.5",
                "text/event-stream;q=0.5;q=0.6",
                "text/event-stream;q",
                "text/event-stream;=x",
                "text/event-stream;note=\"a",
                "text/event-stream;note=\"a\\",
                "text/event-stream;note=\"a\"b",
                "text/event-stream q=0.5",
                "text /event-stream",
                "text/ event-stream",
                "text/",
                "/event-stream",
                "text",
                "*",
                "(text)/event-stream",
                "text/event-stream, text/html;q=abc"
            })
    void invalidAcceptHeaderIs400WithOneDebugLine(String accept) {
        try (LogCapture log = LogCapture.ofDebug();
                RawExchange answer = RawExchange.get(port, "/hello", "Accept: " + accept)) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.header("Cache-Control")).contains("no-store");
            assertThat(answer.body())
                    .startsWith("The Accept header is invalid: ")
                    .doesNotContain("Exception")
                    .doesNotContain("abc")
                    .doesNotContain("hello");
            assertThat(log.records())
                    .filteredOn(logged -> !logged.getMessage().startsWith("Stream ended"))
                    .singleElement()
                    .satisfies(logged -> {
                        assertThat(logged.getLevel()).isEqualTo(Level.FINE);
                        assertThat(logged.getThrown()).isNull();
                        assertThat(logged.getMessage()).contains("/hello").contains("Accept");
                    });
        }
    }

    /** The SDKs of language models send {@code application/json} with a POST, and want a stream. */
    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/event-stream;q=0", "text/event-stream;q=abc", "*", "\"", ""})
    void acceptHeaderOfAnotherMethodIsNotRead(String accept) {
        for (String method : List.of("POST", "PUT", "DELETE")) {
            try (RawExchange answer = RawExchange.send(port, method, "/hello", new byte[0], "Accept: " + accept)) {
                assertThat(answer.status()).as(method).isEqualTo(200);
                assertThat(answer.body()).contains("data: hello");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"text/event-stream, 200", "application/json, 406", "text/event-stream;q=abc, 400"})
    void acceptHeaderOfHeadIsChecked(String accept, int status) {
        try (RawExchange answer = RawExchange.send(port, "HEAD", "/hello", new byte[0], "Accept: " + accept)) {
            assertThat(answer.status()).isEqualTo(status);
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
        try (RawExchange answer = RawExchange.get(port, "/hello", "Accept: text/html", "Accept: ")) {
            assertThat(answer.status()).isEqualTo(406);
        }
        try (RawExchange answer =
                RawExchange.get(port, "/hello", "Accept: text/event-stream;note=\"a", "Accept: b\"")) {
            assertThat(answer.status()).isEqualTo(400);
        }
    }
}
