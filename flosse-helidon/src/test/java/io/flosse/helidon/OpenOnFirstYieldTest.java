package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.http.HttpException;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exceptions before the first yield: an HTTP error status with openOnFirstYield, an error event without it. */
@ServerTest
class OpenOnFirstYieldTest {

    private static final CountDownLatch MAY_YIELD = new CountDownLatch(1);

    private final int port;

    OpenOnFirstYieldTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute notFound = Flosse.stream((request, sink) -> {
            throw new NotFoundException("There is no such job");
        });
        SseRoute broken = Flosse.stream((request, sink) -> {
            throw new IllegalStateException("jdbc:secret");
        });
        routing.get("/not-found", notFound.openOnFirstYield())
                .get("/not-found/default", notFound)
                .get(
                        "/gone",
                        Flosse.stream((request, sink) -> {
                                    throw new HttpException("It was here", Status.GONE_410, true);
                                })
                                .openOnFirstYield())
                .get("/broken", broken.openOnFirstYield())
                .get("/broken/retry", broken.openOnFirstYield().retry(Duration.ofSeconds(3)))
                .get(
                        "/broken/checked",
                        Flosse.stream((request, sink) -> {
                                    throw new Exception("jdbc:secret");
                                })
                                .openOnFirstYield())
                .get(
                        "/broken/error",
                        Flosse.stream((request, sink) -> {
                                    throw new AssertionError("jdbc:secret");
                                })
                                .openOnFirstYield())
                .get(
                        "/refused-yield",
                        Flosse.stream((request, sink) -> sink.yield(Double.NaN)).openOnFirstYield())
                .get(
                        "/waits",
                        Flosse.stream((request, sink) -> {
                                    assertThat(MAY_YIELD.await(10, TimeUnit.SECONDS))
                                            .isTrue();
                                    sink.yield("hello");
                                    throw new IllegalStateException("jdbc:secret");
                                })
                                .openOnFirstYield()
                                .retry(Duration.ofSeconds(3)));
    }

    @Test
    void httpExceptionKeepsStatusAndMessage() {
        try (RawExchange answer = RawExchange.get(port, "/not-found")) {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("There is no such job");
            assertThat(answer.header("Content-Type").orElse("")).doesNotContain("event-stream");
        }
        try (RawExchange answer = RawExchange.get(port, "/gone")) {
            assertThat(answer.status()).isEqualTo(410);
            assertThat(answer.body()).isEqualTo("It was here");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/broken", "/broken/retry", "/broken/checked", "/broken/error", "/refused-yield"})
    void otherExceptionIs500WithReferenceAndWithoutItsMessage(String path) {
        try (LogCapture log = new LogCapture();
                RawExchange answer = RawExchange.get(port, path)) {
            String body = answer.body();

            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.bytes())
                    .doesNotContain("secret")
                    .doesNotContain("Exception")
                    .doesNotContain("retry:");
            Matcher ref = Pattern.compile("ref ([0-9a-f]+)").matcher(body);
            assertThat(ref.find()).as("body contains a reference: %s", body).isTrue();
            assertThat(log.errors())
                    .singleElement()
                    .extracting(LogRecord::getMessage)
                    .asString()
                    .contains(ref.group(1));
        }
    }

    @Test
    void connectionIsClosedAfterErrorBeforeFirstYield() {
        try (RawExchange answer = RawExchange.get(port, "/not-found")) {
            answer.body();

            assertThat(answer.header("Connection")).contains("close");
            assertThat(answer.rest()).isEmpty();
        }
    }

    @Test
    void streamOpensBeforeTheGeneratorRunsByDefault() {
        try (LogCapture log = new LogCapture();
                RawExchange answer = RawExchange.get(port, "/not-found/default")) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body())
                    .matches(":\nevent: error\ndata: \\{\"error\":\"internal\",\"ref\":\"[0-9a-f]+\"}\n\n");
            assertThat(log.errors()).hasSize(1);
        }
    }

    @Test
    void exceptionAfterFirstYieldIsErrorEvent() {
        try (LogCapture ignored = new LogCapture();
                RawExchange connection = RawExchange.open(port)) {
            connection.write("GET /waits HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            MAY_YIELD.countDown();

            assertThat(connection.readHead().status()).isEqualTo(200);
            assertThat(connection.body()).startsWith("retry: 3000\ndata: hello\n\nevent: error\n");
        }
    }
}
