package io.flosse.checks.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.TestServer;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.flosse.testing.SseClient;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.sse.SseSink;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** The differences to Helidon's {@code SseSink} in docs/migrating.md, each verified with a stream of both kinds. */
class SseSinkComparisonTest {

    private static final long TIMEOUT_SECONDS = 20;

    /** Ended streams of the server that was started last. */
    private BlockingQueue<StreamInfo> ended = new LinkedBlockingQueue<>();

    @TestFactory
    Stream<DynamicTest> everyDocumentedDifferenceExists() {
        assumeTrue(
                HelidonLine.SENT_BY_COMMIT,
                "This test needs Helidon 4.5.0, whose SseSink docs/migrating.md compares with");
        Map<String, Executable> differences = new LinkedHashMap<>();
        differences.put("`reconnectDelay` is never written", this::retryIsWrittenByFlosseOnly);
        differences.put("a line break in `id` or `name` becomes a space", this::lineBreakInANameIsRefused);
        differences.put("NUL in an `id` is written, and browsers ignore that id", this::nulInAnIdIsRefused);
        differences.put(
                "`data` loses a space at its beginning and a line break at its end", this::outerWhitespaceIsPreserved);
        differences.put("a handler that throws ends the body as if it were whole", this::exceptionIsReported);
        differences.put("a quiet stream sends nothing", this::idleStreamHasHeartbeats);
        differences.put(
                "a handler that blocks is not told that its client has gone", this::disconnectInterruptsTheGenerator);
        differences.put("a client that does not read holds its handler", this::slowClientEndsByTheWriteTimeout);
        differences.put(
                "a browser that comes back after the end runs the handler again", this::finishedStreamIsNotRunAgain);
        assertThat(Document.page("docs/migrating.md").table("| `SseSink` of Helidon 4.5.0 | flosse |").stream()
                        .map(List::getFirst)
                        .toList())
                .isEqualTo(List.copyOf(differences.keySet()));
        return differences.entrySet().stream()
                .map(difference -> DynamicTest.dynamicTest(difference.getKey(), difference.getValue()));
    }

    /** The body of a handler that uses Helidon's sink. The sink is closed afterwards. */
    @FunctionalInterface
    private interface SinkBody {

        void run(SseSink sink) throws Exception;
    }

    private static Handler sink(SinkBody handler) {
        return (request, response) -> {
            try (SseSink sink = response.sink(SseSink.TYPE)) {
                handler.run(sink);
            }
        };
    }

    private static Handler sink(SseEvent event) {
        return sink(sink -> sink.emit(event));
    }

    private static SseRoute flosse(SseEvent event) {
        return Flosse.stream((request, sink) -> sink.yield(event));
    }

    private TestServer serve(Handler sink, Handler flosse) {
        BlockingQueue<StreamInfo> streams = new LinkedBlockingQueue<>();
        ended = streams;
        return TestServer.start(
                FlosseFeature.builder().listener(streams::add),
                routing -> routing.get("/sink", sink).get("/flosse", flosse));
    }

    private static String body(TestServer server, String path) throws Exception {
        return TestServer.send(server.request(path)).body();
    }

    private static SseClient connect(TestServer server, String path, String... headers) {
        return SseClient.connect(server.request(path).build().uri(), headers);
    }

    private StreamInfo awaitEnded() throws InterruptedException {
        StreamInfo info = ended.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertThat(info).as("the ended stream").isNotNull();
        return info;
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private void retryIsWrittenByFlosseOnly() throws Exception {
        SseEvent event = SseEvent.builder()
                .data("x")
                .reconnectDelay(Duration.ofSeconds(5))
                .build();
        try (TestServer server = serve(sink(event), flosse(event))) {
            assertThat(body(server, "/sink")).isEqualTo("data:x\n\n");
            assertThat(body(server, "/flosse")).contains("retry: 5000\ndata: x\n\n");
        }
    }

    private void lineBreakInANameIsRefused() throws Exception {
        SseEvent event = SseEvent.builder().id("a\nb").name("c\r\nd").data("x").build();
        try (TestServer server = serve(sink(event), refused(event))) {
            assertThat(body(server, "/sink")).isEqualTo("id:a b\nevent:c d\ndata:x\n\n");
            assertThat(body(server, "/flosse")).contains("data: java.lang.IllegalArgumentException: ");
        }
    }

    private void nulInAnIdIsRefused() throws Exception {
        SseEvent event = SseEvent.builder().id("a\0b").data("x").build();
        try (TestServer server = serve(sink(event), refused(event))) {
            assertThat(body(server, "/sink")).isEqualTo("id:a\0b\ndata:x\n\n");
            assertThat(body(server, "/flosse")).contains("data: java.lang.IllegalArgumentException: ");
        }
    }

    /** Returns a route that yields the exception of a refused event. */
    private static SseRoute refused(SseEvent event) {
        return Flosse.stream((request, sink) -> sink.yield(
                String.valueOf(catchThrowable(() -> sink.yield(event))).replace('\n', ' ')));
    }

    private void outerWhitespaceIsPreserved() {
        SseEvent event = SseEvent.create(" indented\n");
        try (TestServer server = serve(sink(event), flosse(event));
                SseClient sink = connect(server, "/sink");
                SseClient flosse = connect(server, "/flosse")) {
            assertThat(sink.next()).isEqualTo(io.flosse.SseEvent.of("indented"));
            assertThat(flosse.next()).isEqualTo(io.flosse.SseEvent.of(" indented\n"));
        }
    }

    private void exceptionIsReported() {
        SinkBody failing = sink -> {
            sink.emit(SseEvent.create("one"));
            throw new IllegalStateException("thrown on purpose");
        };
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("one");
            throw new IllegalStateException("thrown on purpose");
        });
        try (TestServer server = serve(sink(failing), route);
                SseClient sink = connect(server, "/sink");
                SseClient flosse = connect(server, "/flosse")) {
            assertThat(sink.untilEnd()).containsExactly(io.flosse.SseEvent.of("one"));
            assertThat(sink.endedCleanly()).isTrue();
            assertThat(flosse.untilEnd().getLast().event()).contains("error");
        }
    }

    private void idleStreamHasHeartbeats() throws Exception {
        var done = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> await(done)).heartbeat(Duration.ofMillis(50));
        try (TestServer server = serve(sink(sink -> await(done)), route);
                Socket sink = request(server, "/sink", 0)) {
            awaitText(sink, "\r\n\r\n");
            try (Socket flosse = request(server, "/flosse", 0)) {
                awaitText(flosse, ":\n\r\n2\r\n:\n"); // the first comment opens the stream
            }
            assertThat(sink.getInputStream().available()).isZero();
            done.countDown();
        }
    }

    private void disconnectInterruptsTheGenerator() throws Exception {
        var done = new CountDownLatch(1);
        var interrupted = new AtomicBoolean();
        var returned = new CountDownLatch(1);
        SinkBody blocking = sink -> {
            sink.emit(SseEvent.create("one"));
            try {
                await(done);
            } catch (InterruptedException e) {
                interrupted.set(true);
            } finally {
                returned.countDown();
            }
        };
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("one");
            await(done);
        });
        try (TestServer server = serve(sink(blocking), route)) {
            for (String path : new String[] {"/sink", "/flosse"}) {
                try (SseClient client = connect(server, path)) {
                    client.next();
                }
            }
            // The client of the sink disconnected first.
            assertThat(awaitEnded().cause()).contains(EndCause.CLIENT_GONE);
            assertThat(returned.getCount()).isEqualTo(1);

            done.countDown();
            await(returned);
            assertThat(interrupted).isFalse();
        }
    }

    private void slowClientEndsByTheWriteTimeout() throws Exception {
        String large = "x".repeat(64 * 1024);
        var returned = new CountDownLatch(1);
        SinkBody flooding = sink -> {
            try {
                while (true) {
                    sink.emit(SseEvent.create(large));
                }
            } finally {
                returned.countDown();
            }
        };
        SseRoute route = Flosse.stream((request, sink) -> {
                    while (true) {
                        sink.yield(large);
                    }
                })
                .writeTimeout(Duration.ofMillis(500));
        try (TestServer server = serve(sink(flooding), route)) {
            try (Socket sink = request(server, "/sink", 4096);
                    Socket flosse = request(server, "/flosse", 4096)) {
                assertThat(awaitEnded().cause()).contains(EndCause.WRITE_TIMEOUT);
                assertThat(returned.getCount()).isEqualTo(1);
            }
            await(returned);
        }
    }

    private void finishedStreamIsNotRunAgain() {
        SseEvent event = SseEvent.builder().id("7").data("x").build();
        try (TestServer server = serve(sink(event), flosse(event))) {
            try (SseClient again = connect(server, "/sink", "Last-Event-ID: 7")) {
                assertThat(again.status()).isEqualTo(200);
                assertThat(again.untilEnd()).hasSize(1);
            }
            try (SseClient first = connect(server, "/flosse")) {
                String last = first.untilEnd().getLast().id().orElseThrow();
                try (SseClient again = connect(server, "/flosse", "Last-Event-ID: " + last)) {
                    assertThat(again.status()).isEqualTo(204);
                }
            }
        }
    }

    private static Socket request(TestServer server, String path, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        int port = server.request(path).build().uri().getPort();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout((int) TIMEOUT_SECONDS * 1000);
        String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void awaitText(Socket socket, String text) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = in.read();
            assertThat(next)
                    .as("the connection closed before '" + text + "' arrived; received: " + read)
                    .isNotNegative();
            read.append((char) next);
        }
    }
}
