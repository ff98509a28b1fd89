package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.permission.IsAuthenticated;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No byte of a stream is sent before a refusal, and the connection serves the next request. */
@ServerTest
class RefusalBytesTest {

    private static final AtomicInteger RUNS = new AtomicInteger();

    private final int port;

    RefusalBytesTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute route = Flosse.stream((request, sink) -> {
                    RUNS.incrementAndGet();
                    sink.yield("top secret data");
                })
                .retry(Duration.ofSeconds(7));
        SseRoute basic = route.authenticators(Flosse.helidonSecurity().withChallenge("Basic realm=\"flosse\""));
        routing.get("/403", route.permissions(request -> false))
                .get("/403-lazy", route.permissions(request -> false).openOnFirstYield())
                .get("/401", basic.permissions(new IsAuthenticated()))
                .get("/500", route.permissions(request -> {
                    throw new IllegalStateException("jdbc:secret");
                }))
                .get("/fine", route);
    }

    @ParameterizedTest
    @CsvSource({"/403, 403", "/403-lazy, 403", "/401, 401", "/500, 500"})
    void refusalContainsNothingOfTheStream(String path, int status) {
        try (LogCapture ignored = new LogCapture();
                RawExchange answer = RawExchange.get(port, path)) {
            answer.body();

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.bytes())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .doesNotContain("event-stream")
                    .doesNotContain("retry:")
                    .doesNotContain("data:")
                    .doesNotContain("\r\n:")
                    .doesNotContain("secret");
            assertNothingFollows(answer);
        }
        assertThat(RUNS).hasValue(0);
    }

    /** Asserts that the next bytes on the connection are the response to the next request. */
    private static void assertNothingFollows(RawExchange connection) {
        int length = connection.bytes().length();
        connection.write("GET /403 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

        assertThat(connection.readHead().status()).isEqualTo(403);
        assertThat(connection.bytes().substring(length)).startsWith("HTTP/1.1 403 ");
    }
}
