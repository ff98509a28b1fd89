package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.RefusingServer;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import io.helidon.http.encoding.ContentEncodingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A response to a request with an unread body ends the connection, so that no byte of a body is parsed as a request. */
class UnreadBodyTest {

    /** The connection stays open for one second after the response; the rest tolerates a slow machine. */
    private static final Duration CLOSED_AFTER = Duration.ofSeconds(5);

    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

    /** The refusals of a route before its stream opens. */
    enum Refusal {
        NOT_ACCEPTABLE("GET /fine", 406, "Accept: text/html"),
        FINISHED("GET /fine", 204, "Last-Event-ID: flosse:end"),
        UNAUTHORIZED("POST /401", 401),
        FORBIDDEN("POST /403", 403),
        FORBIDDEN_GET("GET /403", 403),
        FORBIDDEN_HEAD("HEAD /403", 403),
        CLIENT_CLOSES("POST /403", 403, "Connection: close"),
        THROTTLED("POST /429", 429),
        THROTTLED_EVENT_SOURCE("GET /429", 200, "Accept: text/event-stream"),
        THROTTLED_STATUS("POST /429/status", 429),
        UNAVAILABLE("POST /503", 503),
        TOO_LARGE("POST /small", 413),
        BROKEN("POST /500", 500),
        BROKEN_BY_AN_ERROR("POST /500/error", 500),
        NOT_FOUND("POST /404", 404),
        OWN_STATUS("POST /own-status", 418),
        REQUEST_EXCEPTION("POST /request-exception", 403),
        HANDLED("POST /handled", 409),
        HANDLED_STATUS("POST /handled-status", 410),
        HANDLED_AND_RETHROWN("POST /rethrown", 404, true),
        HANDLED_WITHOUT_HEADERS("POST /cleared", 409),
        HANDLED_BY_A_STREAM("POST /streamed", 409);

        private final String request;
        private final int status;
        private final String header;

        Refusal(String request, int status) {
            this(request, status, "");
        }

        /** An error handler that throws: Helidon 4.3 responds to the first exception, which has no status. */
        Refusal(String request, int status, boolean rethrown) {
            this(request, rethrown && !RETHROWS ? 500 : status, "");
        }

        Refusal(String request, int status, String header) {
            this.request = request;
            this.status = status;
            this.header = header.isEmpty() ? "" : header + "\r\n";
        }

        private String head(Framing framing) {
            return request + " HTTP/1.1\r\nHost: h\r\n" + header + framing.headers + "\r\n";
        }

        private boolean readsBeforeItRefuses(Framing framing) {
            return this == TOO_LARGE && framing.headers.contains("chunked");
        }
    }

    private static final boolean RETHROWS = HelidonLine.HTTP2_ANSWERS_ANY_ERROR;

    enum Framing {
        LENGTH("Content-Length: " + SMUGGLED.length() + "\r\n", SMUGGLED),
        CHUNKED("Transfer-Encoding: chunked\r\n", chunk(SMUGGLED) + "0\r\n\r\n"),
        /** A body of 64 KiB, the maximum that is read, followed by a request. */
        LARGE("Content-Length: " + (64 * 1024 + SMUGGLED.length()) + "\r\n", "x".repeat(64 * 1024) + SMUGGLED),
        EXPECTED_LENGTH(LENGTH.headers + "Expect: 100-continue\r\n", SMUGGLED),
        EXPECTED_CHUNKS(CHUNKED.headers + "Expect: 100-continue\r\n", CHUNKED.body);

        private final String headers;
        private final String body;

        Framing(String headers, String body) {
            this.headers = headers;
            this.body = body;
        }

        private boolean expects() {
            return headers.contains("Expect");
        }
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    /** Runs all attacks concurrently, because each connection lives for a second. */
    private static void forEach(Consumer<String> failures, List<Runnable> attacks) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            attacks.forEach(attack -> all.add(executor.submit(attack)));
            for (Future<?> one : all) {
                try {
                    one.get();
                } catch (java.util.concurrent.ExecutionException e) {
                    failures.accept(e.getCause().toString());
                }
            }
        }
    }

    private static void run(Stream<Runnable> attacks) throws Exception {
        List<String> failures = new ArrayList<>();
        forEach(failures::add, attacks.toList());
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"PLAIN, true", "PLAIN, false", "TLS, true", "TLS, false"})
    void bodyOfRefusedRequestIsNeverParsedAsRequest(SocketType socketType, boolean feature) throws Exception {
        try (LogCapture ignored = new LogCapture();
                RefusingServer server = RefusingServer.start(socketType, feature)) {
            exhaustThrottle(server);
            try (AllLogs logs = new AllLogs()) {
                run(Stream.of(Refusal.values())
                        .flatMap(refusal -> Stream.of(Framing.values())
                                .map(framing -> () -> assertRefusedWithItsConnection(server, refusal, framing))));
                // Helidon logs a warning for a 500.
                assertThat(logs.aboveDebug())
                        .filteredOn(line -> !line.contains("Internal server error"))
                        .isEmpty();
            }
            assertThat(server.smuggled()).isZero();
        }
    }

    private static void exhaustThrottle(RefusingServer server) {
        try (RawConnection first = server.connect()) {
            first.get("/429", "Accept: text/event-stream").awaitText("data: heard\n\n");
        }
    }

    private static void assertRefusedWithItsConnection(RefusingServer server, Refusal refusal, Framing framing) {
        String what = refusal + " " + framing;
        try (RawConnection client = server.connect()) {
            if (framing.expects()) {
                client.write(refusal.head(framing));
                awaitHead(client);
                write(client, framing.body);
            } else {
                client.write(refusal.head(framing) + framing.body);
            }
            awaitClosed(client);
            String text = client.text();
            if (refusal.readsBeforeItRefuses(framing) && framing.expects()) {
                text = text.substring(text.indexOf("\r\n\r\n") + 4);
            }
            assertThat(text)
                    .as(what)
                    .startsWith("HTTP/1.1 " + refusal.status + " ")
                    .containsOnlyOnce("HTTP/1.1 ");
            assertThat(text).as(what).containsPattern("(?i)\r\n(Content-Length: \\d+|Transfer-Encoding: chunked)\r\n");
            if (refusal != Refusal.HANDLED_WITHOUT_HEADERS) {
                assertThat(text)
                        .as(what)
                        .containsPattern("(?i)\r\nConnection: close\r\n")
                        .containsPattern("(?i)\r\nCache-Control: no-store\r\n");
            }
        }
    }

    private static void awaitHead(RawConnection client) {
        client.awaitText("\r\n\r\n");
    }

    private static void write(RawConnection client, String text) {
        try {
            client.write(text);
        } catch (UncheckedIOException closed) {
            // the connection may already be closed
        }
    }

    /** Reads until the server has closed the connection, with or without a reset. */
    private static void awaitClosed(RawConnection client) {
        try {
            client.awaitEnd();
        } catch (UncheckedIOException reset) {
            assertThat(reset.getCause()).isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    /** Invalid chunks: Helidon's reader stops in the middle of the body. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "24;extension=1\r\n",
                "no size\r\n",
                "-1\r\n",
                "7fffffffffffffff\r\n",
                "1\r\nx\r\n0\r\nTrailer: x\r\n",
                "0\r\nTrailer: x\r\n",
                "b\r\n01234567890\r\n"
            })
    void restOfMalformedBodyIsNotParsedAsRequest(String start) {
        for (boolean feature : new boolean[] {true, false}) {
            try (RefusingServer server = RefusingServer.start(SocketType.PLAIN, feature);
                    RawConnection client = server.connect()) {
                client.write(
                        "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + start + SMUGGLED);
                awaitClosed(client);
                assertThat(client.text())
                        .containsPattern("^HTTP/1.1 4(00|13) ")
                        .containsOnlyOnce("HTTP/1.1 ")
                        .containsPattern("(?i)\r\nConnection: close\r\n")
                        .containsPattern("(?i)\r\nCache-Control: no-store\r\n");
                assertThat(server.smuggled()).isZero();
            }
        }
    }

    /** The client sends its body only after the response, or too slowly. */
    @ParameterizedTest
    @CsvSource({"PLAIN, true", "PLAIN, false", "TLS, true", "TLS, false"})
    void responseDoesNotWaitForTheBody(SocketType socketType, boolean feature) throws Exception {
        try (LogCapture ignored = new LogCapture();
                RefusingServer server = RefusingServer.start(socketType, feature)) {
            exhaustThrottle(server);
            run(Stream.of(Refusal.values())
                    .flatMap(refusal -> Stream.of(Framing.LENGTH, Framing.CHUNKED)
                            .filter(framing -> !refusal.readsBeforeItRefuses(framing))
                            .map(framing -> () -> assertAnsweredWithoutABody(server, refusal, framing))));
        }
    }

    private static void assertAnsweredWithoutABody(RefusingServer server, Refusal refusal, Framing framing) {
        try (RawConnection client = server.connect()) {
            client.write(refusal.head(framing) + framing.body.charAt(0));
            awaitHead(client);
            long answered = System.nanoTime();
            awaitClosed(client);
            assertThat(Duration.ofNanos(System.nanoTime() - answered)).isLessThan(CLOSED_AFTER);
            assertThat(client.status()).isEqualTo(refusal.status);
        }
    }

    @Test
    void slowlySentRefusedBodyIsReadForAtMostOneSecond() throws Exception {
        try (RefusingServer server = RefusingServer.start(SocketType.PLAIN, true);
                RawConnection client = server.connect()) {
            client.write("POST /403 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            awaitHead(client);
            long answered = System.nanoTime();
            var closed = new CountDownLatch(1);
            Thread.startVirtualThread(() -> {
                awaitClosed(client);
                closed.countDown();
            });
            while (!closed.await(50, TimeUnit.MILLISECONDS)) {
                write(client, "1\r\nx\r\n");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - answered)).isLessThan(CLOSED_AFTER);
            assertThat(client.text()).containsOnlyOnce("HTTP/1.1 ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientThatIsStillSendingGetsTheResponse(SocketType socketType) {
        byte[] buffer = new byte[8 * 1024];
        int buffers = 10 * 1024 * 1024 / buffer.length;
        try (RefusingServer server = RefusingServer.start(socketType, true);
                RawConnection client = server.connect()) {
            client.write("POST /403 HTTP/1.1\r\nHost: h\r\nContent-Length: " + buffers * buffer.length + "\r\n\r\n");
            for (int i = 0; i < buffers; i++) {
                try {
                    client.write(buffer);
                    TimeUnit.MILLISECONDS.sleep(5); // slow network
                } catch (UncheckedIOException closed) {
                    break;
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            awaitClosed(client);
            assertThat(client.text())
                    .startsWith("HTTP/1.1 403 ")
                    .endsWith("\r\n\r\nNo permission to listen to this stream");
        }
    }

    /** JDK Flight Recorder events show how many bytes the server has read. */
    @ParameterizedTest
    @EnumSource
    void atMost64KiBOfRefusedBodyAreRead(SocketType socketType, @TempDir Path folder) throws Exception {
        long read;
        try (RefusingServer server = RefusingServer.start(socketType, true);
                Recording recording = recordingOfReads();
                RawConnection client = server.connect()) {
            client.write("POST /403 HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n");
            try {
                for (int i = 0; i < 400; i++) {
                    client.write(new byte[1024 * 1024]);
                }
                throw new AssertionError("The server read 400 MiB of a refused body");
            } catch (UncheckedIOException closed) {
                // expected
            }
            recording.stop();
            recording.dump(folder.resolve("reads.jfr"));
            read = RecordingFile.readAllEvents(folder.resolve("reads.jfr")).stream()
                    .filter(event -> event.getInt("port") == client.localPort())
                    .mapToLong(event -> event.getLong("bytesRead"))
                    .sum();
        }
        if (socketType == SocketType.PLAIN || HelidonLine.SENT_BY_COMMIT) {
            // The last read may return more bytes than needed.
            assertThat(read).isBetween(64L * 1024, 64L * 1024 + 20 * 1024);
        } else {
            // On Helidon 4.3 the JDK's SSLSocket reads and discards the received bytes when it is closed.
            assertThat(read).isLessThan(100L * 1024 * 1024);
        }
    }

    private static Recording recordingOfReads() {
        Recording recording = new Recording();
        recording
                .enable("jdk.SocketRead")
                .withoutThreshold()
                .withoutStackTrace()
                .with("throttle", "off");
        recording.start();
        return recording;
    }

    @Test
    void refusedBodyIsNotDecoded() {
        var decoded = new AtomicInteger();
        try (RefusingServer server = RefusingServer.start(
                        SocketType.PLAIN, true, settings -> settings.contentEncoding(gzip(decoded)));
                RawConnection client = server.connect()) {
            client.write("POST /403 HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n");
            awaitHead(client);
            write(client, "x".repeat(20));
            awaitClosed(client);
            assertThat(client.text()).startsWith("HTTP/1.1 403 ").containsOnlyOnce("HTTP/1.1 ");
        }
        assertThat(decoded).hasValue(0);
    }

    private static ContentEncodingContext gzip(AtomicInteger decoded) {
        return ContentEncodingContext.builder()
                .contentEncodingsDiscoverServices(false)
                .addContentEncoding(new Gzip(decoded))
                .build();
    }

    /** A completely read body leaves no bytes on the connection, so the connection may be reused. */
    @Test
    void refusalAfterCompleteBodyKeepsTheConnection() {
        SseRoute hold = Flosse.stream((request, sink) -> new CountDownLatch(1).await());
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .feature(feature -> feature.maxStreams(1))
                        .routing(routing -> routing.any("/sse", hold))
                        .start();
                RawConnection first = server.get("/sse");
                RawConnection client = server.connect()) {
            String request = "POST /sse HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
            client.write(request + request).awaitText("Too many streams");
            client.get("/none").awaitText("HTTP/1.1 404 ");
            assertThat(first.status()).isEqualTo(200);
            assertThat(client.text().split("HTTP/1.1 503 ", -1)).hasSize(3);
        }
    }

    /** The application's filter continues after the response, as after any other response. */
    @Test
    void filterContinuesAfterRefusal() {
        try (RefusingServer server = RefusingServer.start(SocketType.PLAIN, true);
                RawConnection client = server.connect()) {
            client.write("POST /403 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
            awaitClosed(client);
            assertThat(client.status()).isEqualTo(403);
            server.awaitFiltered();
        }
    }

    /** Another thread writes the response: the connection must not be closed before. */
    @ParameterizedTest
    @EnumSource
    void queuedResponseIsWrittenBeforeClose(SocketType socketType) {
        try (RefusingServer server = RefusingServer.start(socketType, true, settings -> settings.writeQueueLength(8));
                RawConnection client = server.connect()) {
            client.write("POST /403 HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(70_000));
            client.awaitText("No permission to listen to this stream");
            awaitClosed(client);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/other/answers, 200, EXPECTED_LENGTH",
        "/other/answers, 200, EXPECTED_CHUNKS",
        "/other/closes, 200, LENGTH",
        "/other/closes, 200, CHUNKED",
        "/other/closes, 200, EXPECTED_LENGTH",
        "/other/throws, 503, LENGTH",
        "/other/throws, 503, CHUNKED",
        "/other/throws, 503, EXPECTED_CHUNKS",
        "/other/filtered, 403, LENGTH",
        "/other/filtered, 403, EXPECTED_CHUNKS",
        "/none, 404, EXPECTED_LENGTH"
    })
    void featurePreventsBodyFromBeingParsedAsRequestOnOtherRoutes(String path, int status, Framing framing) {
        try (RefusingServer server = RefusingServer.start(SocketType.PLAIN, true);
                RawConnection client = server.connect()) {
            client.write("POST " + path + " HTTP/1.1\r\nHost: h\r\n" + framing.headers + "\r\n");
            if (framing.expects()) {
                awaitHead(client);
            }
            write(client, framing.body);
            awaitClosed(client);
            assertThat(client.text())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .containsOnlyOnce("HTTP/1.1 ")
                    .containsIgnoringCase("\r\nConnection: close\r\n");
            assertThat(server.smuggled()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"/other/answers, LENGTH", "/other/answers, CHUNKED", "/other/reads, LENGTH", "/other/reads, CHUNKED"})
    void otherRoutesKeepTheirConnection(String path, Framing framing) {
        try (RefusingServer server = RefusingServer.start(SocketType.PLAIN, true);
                RawConnection client = server.connect()) {
            client.write("POST " + path + " HTTP/1.1\r\nHost: h\r\n" + framing.headers + "\r\n" + framing.body);
            awaitHead(client);
            client.write("GET /none HTTP/1.1\r\nHost: h\r\n\r\n").awaitText("HTTP/1.1 404 ");
            assertThat(server.smuggled()).isZero();
        }
    }

    private record Gzip(AtomicInteger decoded) implements ContentEncoding {

        @Override
        public Set<String> ids() {
            return Set.of("gzip");
        }

        @Override
        public boolean supportsEncoding() {
            return false;
        }

        @Override
        public boolean supportsDecoding() {
            return true;
        }

        @Override
        public ContentDecoder decoder() {
            return network -> {
                decoded.incrementAndGet();
                try {
                    return new GZIPInputStream(network);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            };
        }

        @Override
        public ContentEncoder encoder() {
            return ContentEncoder.NO_OP;
        }

        @Override
        public String name() {
            return "gzip";
        }

        @Override
        public String type() {
            return "gzip";
        }
    }
}
