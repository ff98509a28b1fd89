package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.Generator;
import io.flosse.StreamEndedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Endless generators, streams and lines: a test that meets one fails with an explanation and uses bounded memory. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndlessStreamTest {

    private static final TestRequest REQUEST = TestRequest.get("/sse/x");
    private static final long MIB = 1024 * 1024;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    @Test
    void endlessGeneratorGetsErrorThatNamesTheRemedy() {
        Generator endless = (request, sink) -> {
            while (true) {
                sink.yield("tick");
            }
        };
        RecordingYield sink = RecordingYield.create();

        assertThatThrownBy(() -> endless.generate(REQUEST, sink))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("more than 100000 times")
                .hasMessageContaining("disconnectingAfter")
                .hasMessageContaining("withLimits");
        assertThat(sink.events()).hasSize(100_000);
    }

    @Test
    void generatorThatSleepsOrCommentsForeverGetsError() {
        Generator sleeping = (request, sink) -> {
            while (true) {
                sink.sleep(Duration.ofHours(1));
            }
        };
        Generator commenting = (request, sink) -> {
            while (true) {
                sink.comment("");
            }
        };
        for (Generator endless : List.of(sleeping, commenting)) {
            assertThatThrownBy(() -> endless.generate(REQUEST, RecordingYield.create()))
                    .isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void endlessGeneratorOfLargeEventsIsStoppedByTheByteLimit() {
        String large = "x".repeat(1 << 20);
        Generator endless = (request, sink) -> {
            while (true) {
                sink.yield(large);
            }
        };
        RecordingYield sink = RecordingYield.create();

        assertThatThrownBy(() -> endless.generate(REQUEST, sink))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("more than 67108864 bytes");
        assertThat(sink.events()).hasSize(63);
    }

    @Test
    void limitsCanBeRaised() throws Exception {
        Generator much = (request, sink) -> {
            for (int i = 0; i < 150_000; i++) {
                sink.yield("tick");
            }
        };
        RecordingYield sink = RecordingYield.create().withLimits(200_000, 10_000_000);
        much.generate(REQUEST, sink);
        assertThat(sink.events()).hasSize(150_000);

        RecordingYield leaving = RecordingYield.disconnectingAfter(2).withLimits(10, 1_000);
        assertThatThrownBy(() -> much.generate(REQUEST, leaving)).isInstanceOf(StreamEndedException.class);
        assertThat(leaving.events()).hasSize(2);

        assertThatIllegalArgumentException().isThrownBy(() -> sink.withLimits(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sink.withLimits(1, 0));
    }

    /** Only an error, which such a loop does not catch, prevents the test from hanging. */
    @Test
    void generatorThatIgnoresTheDisconnectGetsError() {
        Generator swallowing = (request, sink) -> {
            while (true) {
                try {
                    sink.yield("tick");
                } catch (Exception swallowed) {
                    // The fault under test.
                }
            }
        };
        assertThatThrownBy(() -> swallowing.generate(REQUEST, RecordingYield.disconnectingAfter(2)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("do not catch Exception inside the loop");
        Generator interrupted = (request, sink) -> {
            Thread.currentThread().interrupt();
            swallowing.generate(request, sink);
        };
        assertThatThrownBy(() -> interrupted.generate(REQUEST, RecordingYield.create()))
                .isInstanceOf(AssertionError.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    /** A server that writes endlessly and counts the bytes that it could write. */
    private final class Endless {

        private final ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        private final AtomicLong written = new AtomicLong();
        private final CountDownLatch left = new CountDownLatch(1);

        Endless(String head, String body) throws IOException {
            open.add(server);
            byte[] bytes = body.repeat(64 * 1024 / body.length()).getBytes(StandardCharsets.UTF_8);
            Thread.startVirtualThread(() -> {
                try (Socket socket = server.accept()) {
                    InputStream in = socket.getInputStream();
                    StringBuilder request = new StringBuilder();
                    while (request.indexOf("\r\n\r\n") < 0) {
                        request.append((char) in.read());
                    }
                    OutputStream out = socket.getOutputStream();
                    out.write(head.getBytes(StandardCharsets.UTF_8));
                    while (written.get() < 4096 * MIB) {
                        out.write(bytes);
                        written.addAndGet(bytes.length);
                    }
                } catch (IOException clientLeft) {
                    left.countDown();
                }
            });
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
        }

        SseClient connect() {
            SseClient client = SseClient.connect(uri());
            open.add(client);
            return client;
        }

        /** Waits until the server has written 64 MiB; the client has then stopped reading, or stops soon. */
        void awaitWritten() {
            while (written.get() <= 64 * MIB) {
                LockSupport.parkNanos(2_000_000);
            }
        }

        /** Asserts that the server could write only the bytes that the client keeps and the socket buffers hold. */
        void assertBounded() {
            assertThat(written.get()).isLessThan(150 * MIB);
        }
    }

    private static final String OK = "HTTP/1.1 200 OK\r\n\r\n";

    @Test
    void unreadStreamIsBufferedUpToTheLimitAndContinuesWhenRead() throws Exception {
        Endless server = new Endless(OK, "data: " + "x".repeat(1000) + "\n\n");
        SseClient client = server.connect();

        assertThatThrownBy(client::endedCleanly)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("take them by next()")
                .satisfies(error -> assertThat(error.getMessage()).hasSizeLessThan(10_000));
        server.assertBounded();
        while (server.written.get() < 200 * MIB) {
            assertThat(client.next().data()).isEqualTo("x".repeat(1000));
        }
        assertThat(client.raw().length()).isEqualTo(64 * (int) MIB);
        client.close();
        assertThat(server.left.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void untilEndOfEndlessStreamFails() throws Exception {
        Endless server = new Endless(OK, "data: " + "x".repeat(1000) + "\n\n");

        assertThatThrownBy(server.connect()::untilEnd)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("The stream has not ended");
        assertThat(server.written.get()).isLessThan(300 * MIB);
    }

    @Test
    void endlessLineFailsWithinTheLimit() throws Exception {
        Endless server = new Endless(OK, "x");
        SseClient client = server.connect();

        server.awaitWritten();
        assertThatThrownBy(client::next)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("A line or an event has more than 67108864 bytes");
        server.assertBounded();
    }

    @Test
    void endlessEventFailsWithinTheLimit() throws Exception {
        Endless server = new Endless(OK, "data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
        SseClient client = server.connect();

        server.awaitWritten();
        assertThatThrownBy(client::next)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("A line or an event has more than 67108864 bytes");
        server.assertBounded();
    }

    @Test
    void endlessResponseHeadFailsWithinTheLimit() throws Exception {
        for (String head : List.of("x", "Name: value\r\n")) {
            Endless server = new Endless("HTTP/1.1 200 OK\r\n", head);
            assertThatThrownBy(server::connect)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasStackTraceContaining("more than");
            server.assertBounded();
        }
    }

    @Test
    void endlessChunkSizeIsNoCleanEnd() throws Exception {
        Endless server = new Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0");
        assertThat(server.connect().endedCleanly()).isFalse();
        server.assertBounded();
    }

    @Test
    void invalidChunkIsNoCleanEnd() throws Exception {
        Endless server = new Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "-1\r\n");
        assertThat(server.connect().endedCleanly()).isFalse();
    }

    @Test
    void responseThatIsNotHttpFails() throws Exception {
        Endless server = new Endless("", "hello\r\n");
        assertThatThrownBy(server::connect)
                .isInstanceOf(UncheckedIOException.class)
                .hasStackTraceContaining("status line");
    }
}
