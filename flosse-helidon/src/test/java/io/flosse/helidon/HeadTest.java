package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.channel.Channels;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.throttle.Throttle;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** HEAD (RFC 9110, section 9.3.2): the checks and the headers of GET, and no byte of a body. */
class HeadTest {

    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();
    private final Channels channels = Channels.inMemory();

    private TestServer server = start(SocketType.PLAIN);

    private TestServer start(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> {
                    runs.incrementAndGet();
                    sink.yield("hello");
                })
                .permissions(request -> {
                    request.onDone(released::incrementAndGet);
                    return true;
                });
        return TestServer.on(socketType)
                .routing(routing -> routing.any("/sse", route)
                        .head("/head", route)
                        .any("/one", route.throttles(Throttle.concurrent(1, Throttle.perRoute())))
                        .any("/forbidden", route.permissions(request -> false))
                        .any("/failing", route.permissions(request -> {
                            throw new IllegalStateException("on purpose");
                        }))
                        .any("/limited", route.throttles(request -> Throttle.Admission.rejected(Duration.ofSeconds(5))))
                        .any("/hidden", route.permissions(request -> {
                            throw new HttpException("hidden", Status.GONE_410);
                        }))
                        .any(
                                "/rooms/{room}",
                                Flosse.subscribe(request -> channels.channel(
                                        request.pathParameter("room").orElseThrow())))
                        .error(
                                HttpException.class,
                                (request, response, error) -> response.status(error.status())
                                        .header("X-Handler", "application")
                                        .send("answered by the application")))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        channels.close();
    }

    private static List<String> head(String response) {
        return response.substring(0, response.indexOf("\r\n\r\n"))
                .lines()
                .filter(line -> !line.startsWith("Date:"))
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @EnumSource(SocketType.class)
    void headHasTheHeadersOfGetAndNoBody(SocketType socketType) {
        server.close();
        server = start(socketType);
        try (RawConnection get = server.get("/sse").awaitText("event: end");
                RawConnection head = server.connect()
                        .write("HEAD /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                        .awaitEnd()) {
            assertThat(head.text()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
            assertThat(head(head.text()))
                    .isEqualTo(head(get.text()))
                    .contains("Content-Type: text/event-stream; charset=utf-8")
                    .contains("Connection: close");
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void routeForHeadOnlyHasNoBody() {
        try (RawConnection head = server.connect()
                .write("HEAD /head HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                .awaitEnd()) {
            assertThat(head.text()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
        }
        assertThat(runs).hasValue(0);
    }

    @Test
    void headReleasesWhatItHasTakenAndOpensNoStream() {
        for (int i = 1; i <= 3; i++) {
            int heads = i;
            try (RawExchange head = RawExchange.send(server.port(), "HEAD", "/one", new byte[0])) {
                assertThat(head.status()).isEqualTo(200);
                assertThat(head.rest()).isEmpty();
            }
            Deadlines.await(() -> released.get() == heads, "the release after HEAD");
        }
        try (RawConnection get = server.get("/one").awaitText("event: end")) {
            assertThat(get.status()).isEqualTo(200);
        }
        assertThat(server.awaitEnded().events())
                .as("events of the first stream")
                .isEqualTo(2);
        assertThat(runs).hasValue(1);
    }

    /** The next response on the connection follows directly. The application's error handler sends a body. */
    @ParameterizedTest
    @CsvSource({
        "/forbidden, Accept: */*, 403",
        "/failing, Accept: */*, 500",
        "/hidden, Accept: */*, 410",
        "/sse, Accept: text/html, 406",
        "/limited, Accept: text/event-stream, 429",
        "/rooms/a%20b, Accept: */*, 404",
        "/sse, Last-Event-ID: flosse:end, 204",
    })
    void refusalOfHeadHasNoBody(String path, String header, int status) {
        try (LogCapture ignored = new LogCapture();
                RawExchange exchange = RawExchange.send(server.port(), "HEAD", path, new byte[0], header);
                RawExchange get = RawExchange.get(server.port(), path, header)) {
            assertThat(exchange.status()).isEqualTo(status);
            assertThat(exchange.header("Cache-Control")).contains("no-store");
            if (status != 204) {
                assertThat(exchange.header("X-Handler")).contains("application");
                assertThat(exchange.header("Content-Encoding")).isEmpty();
            }
            if (HelidonLine.SENT_BY_COMMIT && status != 429) { // the GET of an EventSource gets 200
                assertThat(exchange.header("Content-Length")).isEqualTo(get.header("Content-Length"));
            }
            if (exchange.header("Connection").filter("close"::equalsIgnoreCase).isPresent()) {
                assertThat(exchange.rest()).isEmpty();
                return;
            }
            int length = exchange.bytes().length();
            exchange.write("GET /forbidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            assertThat(exchange.readHead().status()).isEqualTo(403);
            assertThat(exchange.bytes().substring(length)).startsWith("HTTP/1.1 403 ");
        }
    }

    @Test
    void headHasNoBodyOnHttp2() {
        try (LogCapture ignored = new LogCapture();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            assertHasNoBody(client, client.head("/sse"), 200);
            assertHasNoBody(client, client.head("/sse", "accept", "text/html"), 406);
            assertHasNoBody(client, client.head("/forbidden"), 403);
            assertHasNoBody(client, client.head("/failing"), 500);
            assertHasNoBody(client, client.head("/limited", "accept", "text/event-stream"), 429);
            assertHasNoBody(client, client.head("/rooms/a%20b"), 404);
            assertHasNoBody(client, client.head("/sse", "last-event-id", "flosse:end"), 204);
            assertThat(client.awaitEnd(client.get("/sse"))).contains("data: hello");
            assertThat(client.violations()).isEmpty();
        }
        assertThat(runs).hasValue(1);
    }

    private static void assertHasNoBody(Http2Client client, int id, int status) {
        assertThat(client.awaitEnd(id)).isEmpty();
        assertThat(client.awaitStatus(id)).isEqualTo(status);
    }
}
