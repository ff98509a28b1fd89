package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The lifecycle of a stream on HTTP/2 (ADR 47). */
class Http2StreamLifecycleTest {

    private static final Duration HEARTBEAT = Duration.ofMillis(300);

    private static final SseRoute QUIET = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                new CountDownLatch(1).await();
            })
            .heartbeat(HEARTBEAT);

    private static TestServer serve(SseRoute route) {
        return TestServer.on(SocketType.PLAIN).get("/sse", route).start();
    }

    @Test
    void closedConnectionEndsTheGenerator() {
        try (TestServer server = serve(QUIET);
                AllLogs logs = new AllLogs();
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            client.bodyUntil("hello\n\n");

            client.close();

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void blockedClientIsDisconnectedAfterWriteTimeout() {
        String event = "x".repeat(64 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> {
                    while (true) {
                        sink.yield(event);
                    }
                })
                .writeTimeout(Duration.ofSeconds(1));
        try (TestServer server = serve(route);
                AllLogs logs = new AllLogs();
                RawHttp2 ignored = RawHttp2.getWithSmallWindow(server.port(), "/sse")) {
            StreamInfo ended = server.awaitEnded();

            System.out.printf(
                    "HTTP/2: stuck client given up after %d ms, write timeout 1000 ms%n",
                    ended.age().toMillis());
            assertThat(ended.cause()).contains(EndCause.WRITE_TIMEOUT);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Helidon ends a connection at the next frame of its client if it got no new request within the idle timeout. */
    @Test
    void idleTimeoutDoesNotEndOpenStream() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", QUIET)
                        .settings(settings -> settings.idleConnectionTimeout(Duration.ofSeconds(1))
                                .idleConnectionPeriod(Duration.ofMillis(100)))
                        .start();
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            for (int beats = 1; beats < 10; beats++) {
                client.ping();
                client.bodyUntil("hello\n\n" + ":\n".repeat(beats));
            }
            client.reset();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }

    @Test
    void streamWithoutCommentsStartsWithItsHeadersAlone() {
        var silence = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    silence.await();
                    sink.yield("first");
                })
                .heartbeat(Duration.ZERO);
        try (TestServer server = serve(route);
                Http2Client client = Http2Client.open(Http2Client.Entry.PRIOR_KNOWLEDGE, server.port())) {
            int id = client.get("/sse");
            assertThat(client.awaitStatus(id)).isEqualTo(200);
            assertThat(client.body(id)).isEmpty();
            silence.countDown();
            assertThat(client.awaitEnd(id)).startsWith("data: first\n\nid: flosse:end\n");
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void idleTimeoutEndsConnectionWithoutStreams() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", QUIET)
                        .settings(settings -> settings.idleConnectionTimeout(Duration.ofMillis(500))
                                .idleConnectionPeriod(Duration.ofMillis(100)))
                        .start();
                Http2Client client = Http2Client.open(Http2Client.Entry.PRIOR_KNOWLEDGE, server.port())) {
            int id = client.get("/sse");
            client.awaitBody(id, "hello\n\n:\n:\n:\n");
            client.reset(id);

            client.awaitClosed();
        }
    }

    @Test
    void drainSendsLastRetryAndEndsTheStream() {
        try (TestServer server = serve(QUIET);
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            client.bodyUntil("hello\n\n");

            assertThat(server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS)))
                    .isZero();

            assertThat(client.body()).containsPattern("hello\n\n(:\n)*retry: \\d+\n\n$");
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
        }
    }
}
