package io.flosse.helidon.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import io.helidon.webserver.testing.junit5.DirectClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** Warnings of a server that cannot detect disconnects of its clients. */
class UnwatchedConnectionTest {

    private static final SseRoute BLOCKED = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                new CountDownLatch(1).await();
            })
            .heartbeat(Duration.ofMillis(100));

    private static final SseRoute SHORT = Flosse.stream((request, sink) -> sink.yield("hello"));

    private static void useHelidonSelector(WebServerConfig.Builder server) {
        server.addConnectionSelector(Http2ConnectionSelector.builder()
                .http2Config(Http2Config.create())
                .build());
    }

    private static List<LogRecord> warnings(Consumer<WebServerConfig.Builder> settings, Consumer<TestServer> clients) {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", SHORT)
                        .settings(settings)
                        .start();
                LogCapture logs = new LogCapture()) {
            clients.accept(server);
            return logs.errors();
        }
    }

    private static void readTwoStreams(TestServer server) {
        try (Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            client.awaitEnd(client.get("/sse"));
            client.awaitEnd(client.get("/sse"));
        }
    }

    @Test
    void http2WithHelidonSelectorLogsOneWarningPerListener() {
        assertThat(warnings(UnwatchedConnectionTest::useHelidonSelector, UnwatchedConnectionTest::readTwoStreams))
                .singleElement()
                .satisfies(warning -> assertThat(warning.getMessage())
                        .contains("'@default'")
                        .contains("another connection selector")
                        .contains("max-duration"));
    }

    @Test
    void writeQueueLogsWarning() {
        assertThat(warnings(
                        settings -> settings.writeQueueLength(4),
                        server -> server.get("/sse").awaitText("hello")))
                .singleElement()
                .satisfies(warning -> assertThat(warning.getMessage()).contains("write-queue-length is 4"));
    }

    @Test
    void watchedConnectionsLogNoWarning() {
        assertThat(warnings(settings -> {}, server -> {
                    readTwoStreams(server);
                    server.get("/sse").awaitText("hello");
                }))
                .isEmpty();
    }

    @Test
    void inMemoryClientLogsNoWarning() {
        try (LogCapture logs = new LogCapture()) {
            DirectClient client = new DirectClient(HttpRouting.builder().get("/sse", SHORT));
            assertThat(client.get("/sse").request(String.class).entity()).contains("hello");
            assertThat(logs.errors()).isEmpty();
        }
    }

    /** Proves the statement of the warning; if this test fails, the warning is obsolete. */
    @Test
    void resetIsNotDetectedWithHelidonSelector() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", BLOCKED)
                        .settings(UnwatchedConnectionTest::useHelidonSelector)
                        .start();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            int id = client.get("/sse");
            client.awaitBody(id, "hello");

            client.reset(id);

            Deadlines.await(() -> server.feature().streams().getFirst().heartbeats() > 5, "heartbeats after the reset");
            client.close();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }
}
