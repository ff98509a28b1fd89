package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.Generator;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.RawHttp2;
import io.helidon.http.BadRequestException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import io.helidon.webclient.api.ClientResponseTyped;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.DirectClient;
import io.helidon.webserver.testing.junit5.RoutingTest;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The same stream over HTTP/1.1, over cleartext HTTP/2 and in memory. */
class ProtocolsTest {

    private static final String WHOLE = """
            retry: 3000
            event: update
            data: {"count":1}

            id: flosse:end
            event: end
            data: {}

            """;

    private static SseRoute finite() {
        return Flosse.stream((request, sink) -> sink.yield("update", Map.of("count", 1)))
                .retry(Duration.ofSeconds(3));
    }

    private static SseRoute notFound() {
        return failing(new NotFoundException("There is no such job"));
    }

    private static SseRoute failing(RuntimeException failure) {
        Generator generator = (request, sink) -> {
            throw failure;
        };
        return Flosse.stream(generator).openOnFirstYield();
    }

    @Nested
    @ServerTest
    class OverSockets {

        private static final BlockingQueue<String> QUEUE = new ArrayBlockingQueue<>(10);

        private final int port;

        OverSockets(WebServer server) {
            port = server.port();
        }

        @SetUpRoute
        static void routes(HttpRouting.Builder routing) {
            routing.get("/finite", finite())
                    .get("/not-found", notFound())
                    .get("/broken", failing(new IllegalStateException("jdbc:secret")))
                    .get("/closing", failing(new HttpException("n must be a number", Status.BAD_REQUEST_400)))
                    .get("/bad-request", failing(new BadRequestException("n must be a number")))
                    .get(
                            "/version",
                            Flosse.stream((request, sink) ->
                                    sink.yield(request.unwrap(io.helidon.webserver.http.ServerRequest.class)
                                            .orElseThrow()
                                            .prologue()
                                            .protocolVersion())))
                    .get("/queue", Flosse.stream((request, sink) -> {
                        for (String next = ""; !next.equals("last"); sink.yield(next)) {
                            next = QUEUE.poll(10, TimeUnit.SECONDS);
                        }
                    }));
        }

        @Test
        void http1ResponseIsComplete() {
            try (RawExchange answer = RawExchange.get(port, "/finite")) {
                assertThat(answer.body()).isEqualTo(WHOLE);
            }
        }

        @Test
        void http2ResponseIsComplete() {
            try (RawHttp2 answer = RawHttp2.get(port, "/finite")) {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(WHOLE);
            }
            try (RawHttp2 answer = RawHttp2.get(port, "/version")) {
                assertThat(answer.body()).contains("data: 2.0\n");
            }
        }

        @Test
        void http2FinishedStreamIs204() {
            try (RawHttp2 answer = RawHttp2.get(port, "/finite", "last-event-id", "flosse:end")) {
                assertThat(answer.status()).isEqualTo(204);
                assertThat(answer.body()).isEmpty();
            }
        }

        @Test
        void http2HttpExceptionBeforeFirstYieldKeepsItsStatus() {
            try (RawHttp2 answer = RawHttp2.get(port, "/not-found")) {
                assertThat(answer.status()).isEqualTo(404);
                assertThat(answer.body()).isEqualTo("There is no such job");
            }
        }

        @Test
        void http2ExceptionBeforeFirstYieldIs500() {
            try (LogCapture ignored = new LogCapture();
                    RawHttp2 answer = RawHttp2.get(port, "/broken")) {
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.body()).startsWith("Internal error, ref ");
            }
        }

        /**
         * Such exceptions close an HTTP/1.1 connection; on HTTP/2 Helidon would reset the stream instead of sending the status.
         */
        @Test
        void http2ExceptionThatClosesConnectionKeepsItsStatus() {
            try (RawHttp2 answer = RawHttp2.get(port, "/closing")) {
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.body()).isEqualTo("n must be a number");
            }
        }

        @Test
        void badRequestExceptionKeepsItsStatus() {
            try (RawExchange answer = RawExchange.get(port, "/bad-request")) {
                assertThat(answer.status()).isEqualTo(400);
            }
            try (RawHttp2 answer = RawHttp2.get(port, "/bad-request")) {
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.body()).isEqualTo("Bad request");
            }
        }

        /** Yields the next event only after the client has received the previous one, so that a buffered event fails the test. */
        @Test
        void http1EventsArriveOneByOne() {
            try (RawExchange answer = RawExchange.get(port, "/queue")) {
                for (String event : new String[] {"one", "two", "last"}) {
                    QUEUE.add(event);
                    answer.bodyUntil("data: " + event + "\n\n");
                }
                assertThat(answer.body()).endsWith("event: end\ndata: {}\n\n");
            }
        }

        @Test
        void http2EventsArriveOneByOne() {
            try (RawHttp2 answer = RawHttp2.get(port, "/queue")) {
                for (String event : new String[] {"one", "two", "last"}) {
                    QUEUE.add(event);
                    answer.bodyUntil("data: " + event + "\n\n");
                }
                assertThat(answer.body()).endsWith("event: end\ndata: {}\n\n");
            }
        }
    }

    @Nested
    @RoutingTest
    class InMemory {

        private final DirectClient client;

        InMemory(DirectClient client) {
            this.client = client;
        }

        @SetUpRoute
        static void routes(HttpRouting.Builder routing) {
            routing.get("/finite", finite()).get("/not-found", notFound());
        }

        @Test
        void directClientReadsTheWholeStream() {
            ClientResponseTyped<String> answer = client.get("/finite").request(String.class);

            assertThat(answer.entity()).isEqualTo(WHOLE);
            assertThat(answer.headers().get(HeaderNames.CONTENT_TYPE).get())
                    .isEqualTo("text/event-stream; charset=utf-8");
            assertThat(answer.headers().get(HeaderNames.CACHE_CONTROL).get()).isEqualTo("no-cache, no-transform");
        }

        @Test
        void directClientGetsStatusOfHttpExceptionBeforeFirstYield() {
            ClientResponseTyped<String> answer = client.get("/not-found").request(String.class);

            assertThat(answer.status()).isEqualTo(Status.NOT_FOUND_404);
            assertThat(answer.entity()).isEqualTo("There is no such job");
        }
    }
}
