package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.util.Optional;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exceptions of a generator after the stream has opened: one error event with the reference of the log record, without the
 * message of the exception.
 */
@ServerTest
class GeneratorFailureTest {

    private static final Pattern ERROR_FRAME =
            Pattern.compile("event: error\ndata: \\{\"error\":\"internal\",\"ref\":\"([0-9a-f]{8,})\"}\n\n$");

    private final int port;

    GeneratorFailureTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute broken = Flosse.stream((request, sink) -> {
            sink.yield("one");
            throw new IllegalStateException("jdbc:secret\ndata: injected");
        });
        routing.get("/broken", broken)
                .get("/broken/checked", Flosse.stream((request, sink) -> {
                    sink.yield("one");
                    throw new Exception("jdbc:secret");
                }))
                .get("/broken/deep", Flosse.stream((request, sink) -> {
                    sink.yield("one");
                    overflowStack(request, 1);
                }))
                .get("/broken/value", Flosse.stream((request, sink) -> {
                    sink.yield("one");
                    sink.yield("secret", Double.POSITIVE_INFINITY);
                }))
                .get(
                        "/mapped",
                        broken.onError(failure -> Optional.of(
                                SseEvent.of("try later").withEvent("sorry").withId("e1"))))
                .get("/mapped/not", broken.onError(failure -> Optional.empty()))
                .get("/mapped/badly", broken.onError(failure -> {
                    throw new IllegalStateException("a secret of onError");
                }))
                .get("/mapped/unsendable", broken.onError(failure -> Optional.of(SseEvent.of(Double.NaN))))
                .get("/caught", Flosse.stream((request, sink) -> {
                    try {
                        sink.yield("bad", Float.NaN);
                    } catch (IllegalArgumentException refused) {
                        sink.yield("went on");
                    }
                }));
    }

    private static int overflowStack(SseRequest request, int depth) {
        return depth < 0 ? 0 : overflowStack(request, depth + 1) + depth;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/broken", "/broken/checked", "/broken/deep", "/broken/value", "/mapped/not"})
    void exceptionIsOneErrorEventWithReferenceOfLogRecord(String path) {
        try (LogCapture log = new LogCapture();
                RawExchange answer = RawExchange.get(port, path)) {
            String body = answer.body();

            assertThat(body)
                    .startsWith(":\ndata: one\n\n")
                    .doesNotContain("secret")
                    .doesNotContain("injected")
                    .doesNotContain("event: end");
            assertThat(log.errors()).singleElement().satisfies(logged -> {
                assertThat(logged.getMessage()).contains(ref(body)).contains(path);
                assertThat(logged.getThrown()).isNotNull();
            });
        }
    }

    @Test
    void eachFailureHasItsOwnReference() {
        try (LogCapture ignored = new LogCapture();
                RawExchange first = RawExchange.get(port, "/broken");
                RawExchange second = RawExchange.get(port, "/broken")) {
            assertThat(ref(first.body())).isNotEqualTo(ref(second.body()));
        }
    }

    @Test
    void onErrorMapsTheEventAndTheExceptionIsLogged() {
        try (LogCapture log = new LogCapture();
                RawExchange answer = RawExchange.get(port, "/mapped")) {
            assertThat(answer.body()).isEqualTo(":\ndata: one\n\nid: e1\nevent: sorry\ndata: try later\n\n");
            assertThat(log.errors())
                    .singleElement()
                    .extracting(LogRecord::getThrown)
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mapped/badly", "/mapped/unsendable"})
    void onErrorThatFailsFallsBackToDefaultErrorEvent(String path) {
        try (LogCapture log = new LogCapture();
                RawExchange answer = RawExchange.get(port, path)) {
            String body = answer.body();

            assertThat(body).startsWith(":\ndata: one\n\nevent: error\n").doesNotContain("secret");
            assertThat(log.errors())
                    .hasSize(2)
                    .allSatisfy(logged -> assertThat(logged.getMessage()).contains(ref(body)));
        }
    }

    @Test
    void rejectedValueWritesNothingAndTheStreamContinues() {
        try (RawExchange answer = RawExchange.get(port, "/caught")) {
            assertThat(answer.body()).startsWith(":\ndata: went on\n\nid: flosse:end\n");
        }
    }

    private static String ref(String body) {
        Matcher frame = ERROR_FRAME.matcher(body);
        assertThat(frame.find()).as("body ends with an error event: %s", body).isTrue();
        return frame.group(1);
    }
}
