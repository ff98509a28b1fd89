package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.HidingSinkProvider;
import io.flosse.helidon.fixture.HidingSinkProvider.Way;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.http.encoding.ContentEncodingContext;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A future Helidon may hide the connection from flosse: streams are then written through its output stream. */
class HiddenConnectionTest {

    private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

    private final SseRoute route = Flosse.stream((request, sink) -> {
        for (String next = ""; !next.equals("last"); sink.yield(next)) {
            next = queue.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    });

    @AfterEach
    void show() {
        HidingSinkProvider.show();
    }

    @ParameterizedTest
    @EnumSource
    void streamsAreCompleteAndServerLogsOneWarning(Way way) {
        HidingSinkProvider.hide(way);
        try (LogCapture logs = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start()) {
            for (int i = 0; i < 3; i++) {
                assertEventsArriveOneByOne(server, "Accept: text/event-stream");
            }

            assertThat(logs.errors()).singleElement().satisfies(warning -> {
                assertThat(warning.getMessage()).contains("does not expose the connection", "output stream");
                assertThat(warning.getThrown()).isNotNull();
            });
        }
    }

    /** Helidon's output stream sends the headers with the first byte only, so a blank line follows them. */
    @ParameterizedTest
    @EnumSource
    void streamWithoutCommentsStartsWithABlankLine(Way way) {
        HidingSinkProvider.hide(way);
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", route.heartbeat(Duration.ZERO))
                        .start();
                RawConnection client = server.get("/sse").awaitBody("\n")) {
            queue.add("last");
            client.awaitText("event: end\ndata: {}\n\n").awaitText("0\r\n\r\n");

            assertThat(client.body()).startsWith("\ndata: last\n\nid: flosse:end\n");
            assertThat(client.isComplete()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamsOverTlsAreComplete(SocketType socketType) {
        HidingSinkProvider.hide(Way.REFUSED);
        try (LogCapture logs = new LogCapture();
                TestServer server = TestServer.on(socketType).get("/sse", route).start()) {
            assertEventsArriveOneByOne(server, "Accept: text/event-stream");

            assertThat(logs.errors()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void contentEncoderDelaysNoEvents(Way way) {
        assumeTrue(HelidonLine.SENT_BY_COMMIT, "Helidon 4.3 encodes every output stream regardless of its headers");
        HidingSinkProvider.hide(way);
        try (LogCapture logs = new LogCapture();
                TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", route)
                        .settings(settings -> settings.contentEncoding(ContentEncodingContext.builder()
                                .contentEncodingsDiscoverServices(false)
                                .addContentEncoding(new ContentEncoderTest.FlushIgnoringEncoding())
                                .build()))
                        .start()) {
            RawConnection client = assertEventsArriveOneByOne(server, "Accept-Encoding: gzip");

            assertThat(client.text()).doesNotContainIgnoringCase("content-encoding");
            assertThat(logs.errors()).hasSize(1);
        }
    }

    private RawConnection assertEventsArriveOneByOne(TestServer server, String header) {
        try (RawConnection client = server.get("/sse", header)) {
            assertThat(client.status()).isEqualTo(200);
            for (String event : new String[] {"one", "two", "last"}) {
                queue.add(event);
                client.awaitText("data: " + event + "\n\n");
            }
            client.awaitText("event: end\ndata: {}\n\n").awaitText("0\r\n\r\n");

            assertThat(client.body()).endsWith("data: last\n\nid: flosse:end\nevent: end\ndata: {}\n\n");
            assertThat(client.isComplete()).isTrue();
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
            return client;
        }
    }
}
