package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.Generator;
import io.flosse.ServiceUnavailableException;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.HidingSinkProvider;
import io.flosse.helidon.fixture.HidingSinkProvider.Way;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SlowConsumerGenerator;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import io.helidon.webserver.testing.junit5.DirectClient;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How the body of a stream ends for each cause: properly or by a cut. Only a client that used GET reconnects by itself; any
 * other must see that its answer is incomplete (ADR 58).
 */
class CutTest {

    private static final Duration SOON = Duration.ofMillis(100);
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "QUERY");

    /** How the bytes of a stream reach the client. */
    enum Path {
        /** flosse writes the chunks of HTTP/1.1 itself. */
        HTTP1,
        HTTP1_TLS,
        /** With a write queue, flosse writes to Helidon's output stream. */
        HTTP1_WRITE_QUEUE,
        /** The same if Helidon hides the connection. */
        HTTP1_HIDDEN,
        HTTP2,
        /** Helidon's own selector: flosse sees no connection. */
        HTTP2_UNWATCHED;

        boolean isHttp2() {
            return this == HTTP2 || this == HTTP2_UNWATCHED;
        }

        /** Returns whether flosse writes the last frames before Helidon closes the connection. */
        boolean isWatched() {
            return this == HTTP1 || this == HTTP1_TLS || this == HTTP2;
        }
    }

    /** An ending of an open stream. CLIENT_GONE is missing, because nobody sees the end of its body. */
    enum Ending {
        COMPLETED(EndCause.COMPLETED),
        FAILED(EndCause.FAILED),
        FAILED_FOR_THE_MOMENT(EndCause.FAILED),
        WRITE_TIMEOUT(EndCause.WRITE_TIMEOUT),
        MAX_DURATION(EndCause.MAX_DURATION),
        EXPIRED(EndCause.EXPIRED),
        RECHECK_DENIES(EndCause.REVOKED),
        RECHECK_FAILS(EndCause.REVOKED),
        RECHECK_FAILS_FOR_THE_MOMENT(EndCause.REVOKED),
        REVOKED(EndCause.REVOKED),
        SLOW_CONSUMER(EndCause.SLOW_CONSUMER),
        DRAINED(EndCause.DRAINED),
        INTERRUPTED(EndCause.DRAINED),
        SERVER_STOPPED(EndCause.DRAINED);

        private static final Set<Ending> WITH_RETRY =
                EnumSet.of(RECHECK_FAILS_FOR_THE_MOMENT, DRAINED, INTERRUPTED, SERVER_STOPPED);

        private final EndCause cause;

        Ending(EndCause cause) {
            this.cause = cause;
        }

        boolean endsProperly(String method) {
            return switch (cause) {
                case COMPLETED, FAILED -> true;
                case WRITE_TIMEOUT, CLIENT_GONE -> false;
                case MAX_DURATION, EXPIRED, REVOKED, SLOW_CONSUMER, DRAINED -> method.equals("GET");
            };
        }
    }

    private final AtomicBoolean opened = new AtomicBoolean();

    private final Generator quiet = (request, sink) -> {
        sink.yield("open");
        opened.set(true);
        new CountDownLatch(1).await();
    };

    @AfterEach
    void showConnections() {
        HidingSinkProvider.show();
    }

    private SseRoute route(Ending ending) {
        SseRoute waiting = Flosse.stream(quiet);
        return switch (ending) {
            case COMPLETED -> Flosse.stream((request, sink) -> sink.yield("open"));
            case FAILED -> failing(new IllegalStateException("secret"));
            case FAILED_FOR_THE_MOMENT -> failing(new ServiceUnavailableException("secret", Duration.ofSeconds(8)));
            case WRITE_TIMEOUT ->
                Flosse.stream((request, sink) -> {
                            sink.yield("open");
                            String large = "x".repeat(256 * 1024);
                            while (true) {
                                sink.yield(large);
                            }
                        })
                        .writeTimeout(Duration.ofMillis(300));
            case MAX_DURATION -> waiting.maxDuration(Duration.ofSeconds(1));
            case EXPIRED ->
                waiting.authenticators(request ->
                        Optional.of(Identity.of("ann").withExpiry(Instant.now().plusMillis(1_500))));
            case RECHECK_DENIES -> waiting.recheck(SOON).permissions(request -> !opened.get());
            case RECHECK_FAILS -> recheckThatThrows(waiting, new IllegalStateException("secret"));
            case RECHECK_FAILS_FOR_THE_MOMENT ->
                recheckThatThrows(waiting, new ServiceUnavailableException("secret", Duration.ofSeconds(8)));
            case SLOW_CONSUMER -> Flosse.stream(new SlowConsumerGenerator());
            case INTERRUPTED ->
                Flosse.stream((request, sink) -> {
                    sink.yield("open");
                    Thread.currentThread().interrupt();
                    sink.yield("never sent");
                });
            case REVOKED, DRAINED, SERVER_STOPPED -> waiting.authenticators(request -> Optional.of(Identity.of("ann")));
        };
    }

    private static SseRoute failing(RuntimeException failure) {
        return Flosse.stream((request, sink) -> {
            sink.yield("open");
            throw failure;
        });
    }

    private SseRoute recheckThatThrows(SseRoute route, RuntimeException failure) {
        return route.recheck(SOON).permissions(request -> {
            if (opened.get()) {
                throw failure;
            }
            return true;
        });
    }

    private TestServer serve(Path path, Ending ending) {
        opened.set(false);
        if (path == Path.HTTP1_HIDDEN) {
            HidingSinkProvider.hide(Way.REFUSED);
        }
        SseRoute route = route(ending);
        return TestServer.on(path == Path.HTTP1_TLS ? SocketType.TLS : SocketType.PLAIN)
                .routing(routing -> routing.any("/sse", route))
                .settings(settings -> {
                    if (path == Path.HTTP1_WRITE_QUEUE) {
                        settings.writeQueueLength(8);
                    } else if (path == Path.HTTP2_UNWATCHED) {
                        settings.addConnectionSelector(Http2ConnectionSelector.builder()
                                .http2Config(Http2Config.create())
                                .build());
                    }
                })
                .start();
    }

    private static void end(TestServer server, Ending ending) {
        switch (ending) {
            case REVOKED ->
                assertThat(server.feature().revoke(identity -> identity.name().equals("ann")))
                        .isOne();
            case DRAINED -> server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            case SERVER_STOPPED -> server.server().stop();
            default -> {
                // The stream ends by itself.
            }
        }
    }

    static Stream<Arguments> pathsAndEndings() {
        return Stream.of(Path.values())
                .flatMap(path -> Stream.of(Ending.values())
                        .filter(ending -> ending != Ending.SERVER_STOPPED || path.isWatched())
                        // Helidon 4.3 does not close a connection whose write queue is stuck.
                        .filter(ending -> ending != Ending.WRITE_TIMEOUT
                                || path != Path.HTTP1_WRITE_QUEUE
                                || HelidonLine.SENT_BY_COMMIT)
                        .map(ending -> Arguments.of(path, ending)));
    }

    @ParameterizedTest
    @MethodSource("pathsAndEndings")
    void bodyIsCutUnlessTheMethodIsGetOrTheAnswerIsWhole(Path path, Ending ending) {
        for (String method : path == Path.HTTP1 ? METHODS : METHODS.subList(0, 2)) {
            try (TestServer server = serve(path, ending);
                    AllLogs logs = new AllLogs()) {
                if (path.isHttp2()) {
                    assertEndOfHttp2(server, path, ending, method);
                } else {
                    assertEndOfHttp1(server, path, ending, method);
                }
                if (ending.cause != EndCause.FAILED
                        && ending != Ending.RECHECK_FAILS
                        && ending != Ending.SERVER_STOPPED) {
                    assertThat(logs.aboveDebug()).as("log of %s", method).noneMatch(CutTest::isUnexpected);
                }
            }
        }
    }

    /** Returns whether a line is not one of the warnings about a connection that flosse does not see. */
    private static boolean isUnexpected(String logged) {
        return !logged.contains("does not expose the connection") && !logged.contains("does not report disconnects");
    }

    private static void assertEndOfHttp1(TestServer server, Path path, Ending ending, String method) {
        try (RawConnection client = server.connect()
                .write(method + " /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
                .awaitText("data: open\n\n")) {
            end(server, ending);
            assertThat(server.awaitCause()).as(method).isEqualTo(ending.cause);
            if (ending.endsProperly(method)) {
                client.awaitText("\r\n0\r\n\r\n"); // with a write queue, Helidon keeps the connection open
            } else {
                client.awaitEnd();
            }

            assertThat(client.isComplete())
                    .as("%s over %s ends properly for %s", method, path, ending)
                    .isEqualTo(ending.endsProperly(method));
            if (!ending.endsProperly(method)) {
                assertThat(client.text()).doesNotContain("\r\n0\r\n");
                if (path.isWatched() && ending != Ending.WRITE_TIMEOUT) {
                    assertThat(client.text()).as("mark of the cut").endsWith("\n\n\r\n!");
                }
            }
            assertLastFrame(client.body(), ending);
        }
    }

    private static void assertEndOfHttp2(TestServer server, Path path, Ending ending, String method) {
        try (Http2Client client = ending == Ending.WRITE_TIMEOUT
                ? Http2Client.withSmallWindow(server.port())
                : Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            int id = client.request(method, "/sse");
            client.awaitBody(id, "data: open\n\n");
            end(server, ending);
            assertThat(server.awaitCause()).as(method).isEqualTo(ending.cause);

            assertThat(client.endsProperly(id))
                    .as("%s over %s ends properly for %s", method, path, ending)
                    .isEqualTo(ending.endsProperly(method));
            assertThat(client.violations()).isEmpty();
            assertLastFrame(client.body(id), ending);
        }
    }

    /** A cut comes after the last frame: also a body that is cut says when to come back. */
    private static void assertLastFrame(String body, Ending ending) {
        assertThat(body).doesNotContain("secret").doesNotContain("never sent");
        if (Ending.WITH_RETRY.contains(ending)) {
            assertThat(body).containsPattern("\n\nretry: \\d+\n\n$");
        } else if (ending == Ending.FAILED_FOR_THE_MOMENT) {
            assertThat(body).containsPattern("\nretry: (8|9|10|11)\\d\\d\\d\n").contains("event: error\n");
        } else if (ending == Ending.FAILED) {
            assertThat(body).contains("event: error\n").doesNotContain("retry:");
        } else {
            assertThat(body).doesNotContain("retry:");
        }
    }

    /** A generator that ignores its interrupt does not keep the client waiting: the connection is cut at once. */
    @Test
    void cutDoesNotWaitForTheGenerator() throws Exception {
        var release = new CountDownLatch(1);
        SseRoute stubborn = Flosse.stream((request, sink) -> {
                    sink.yield("open");
                    while (release.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                })
                .maxDuration(SOON);
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.post("/sse", stubborn))
                        .start();
                RawConnection client = server.connect()
                        .write("POST /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
                        .awaitText("data: open\n\n")) {
            assertThat(client.awaitEnd().isComplete()).isFalse();
            assertThat(server.feature().streams()).hasSize(1);
            release.countDown();
            assertThat(server.awaitCause()).isEqualTo(EndCause.MAX_DURATION);
        }
    }

    /** An answer of which nothing was sent is refused with a status, whatever the method. */
    @Test
    void slowConsumerBeforeTheFirstByteIsRefused() {
        Generator generator = new SlowConsumerGenerator();
        SseRoute route = Flosse.stream((request, sink) -> generator.generate(request, new IgnoringYield()))
                .openOnFirstYield();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.any("/sse", route))
                        .start();
                RawConnection client = server.connect()
                        .write("POST /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
                        .awaitText("\r\n\r\n")) {
            assertThat(client.status()).isEqualTo(503);
            assertThat(server.awaitCause()).isEqualTo(EndCause.SLOW_CONSUMER);
        }
    }

    /** In memory nothing can be cut, and a routing test would wait forever. */
    @Test
    void inMemoryClientGetsTheEnd() {
        SseRoute route = Flosse.stream(quiet).maxDuration(Duration.ofSeconds(1));
        DirectClient client = new DirectClient(HttpRouting.builder().route(Method.POST, "/sse", route));

        assertThat(client.post("/sse").request(String.class).entity()).contains("data: open\n\n");
    }

    /** Discards what is yielded. */
    private static final class IgnoringYield implements io.flosse.Yield {

        @Override
        public void yield(Object value) {
            // Not sent.
        }

        @Override
        public void yield(String event, Object data) {
            // Not sent.
        }

        @Override
        public void yield(String event, Object data, String id) {
            // Not sent.
        }

        @Override
        public void comment(String text) {
            // Not sent.
        }

        @Override
        public void sleep(Duration duration) {
            throw new UnsupportedOperationException("The generator does not sleep");
        }
    }
}
