package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamInfo;
import io.flosse.Yield;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that stays connected and never reads: no thread is blocked for longer than the write timeout. */
class StuckReaderTest {

    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(1);
    private static final String EVENT = "x".repeat(64 * 1024);

    private static void yieldForever(Yield sink) {
        while (true) {
            sink.yield(EVENT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void generatorEndsAfterWriteTimeout(SocketType socketType) throws Exception {
        var thrown = new CompletableFuture<Throwable>();
        SseRoute route = Flosse.stream((request, sink) -> {
                    try {
                        yieldForever(sink);
                    } catch (RuntimeException e) {
                        thrown.complete(e);
                        throw e;
                    }
                })
                .writeTimeout(WRITE_TIMEOUT);
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection ignored = server.connect().get("/sse")) {
            assertThat(thrown.get(TestServer.TIMEOUT_SECONDS, SECONDS)).isInstanceOf(ClientDisconnectedException.class);
            StreamInfo ended = server.awaitEnded();
            long millis = ended.age().toMillis();
            assertThat(ended.cause()).contains(EndCause.WRITE_TIMEOUT);
            System.out.printf("Stuck reader, %s: ended after %d ms, write timeout 1000 ms%n", socketType, millis);
            assertThat(millis).isGreaterThanOrEqualTo(WRITE_TIMEOUT.toMillis());
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Once the server has closed its socket, the kernel answers bytes of the client with a reset. */
    @ParameterizedTest
    @EnumSource
    void connectionIsClosedAfterWriteTimeout(SocketType socketType) throws Exception {
        assumeThat(socketType == SocketType.PLAIN || HelidonLine.SENT_BY_COMMIT)
                .as(
                        "This test needs a socket that can be closed during a blocked write (the TLS socket of Helidon 4.3 cannot)")
                .isTrue();
        SseRoute route = Flosse.stream((request, sink) -> yieldForever(sink)).writeTimeout(WRITE_TIMEOUT);
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            long opened = System.nanoTime();
            long latest = opened + WRITE_TIMEOUT.multipliedBy(2).plusSeconds(2).toNanos();
            boolean closed = false;
            while (!closed && System.nanoTime() < latest) {
                try {
                    client.write("x");
                    Thread.sleep(10);
                } catch (UncheckedIOException reset) {
                    closed = true;
                }
            }
            System.out.printf(
                    "Stuck reader, %s: connection closed after %d ms, write timeout 1000 ms%n",
                    socketType, (System.nanoTime() - opened) / 1_000_000);
            assertThat(closed).isTrue();
            assertThat(server.awaitCause()).isEqualTo(EndCause.WRITE_TIMEOUT);
        }
    }

    static Stream<Arguments> socketTypesAndThreadKinds() {
        return Stream.of(SocketType.values())
                .flatMap(socketType -> Stream.of("virtual", "platform").map(kind -> Arguments.of(socketType, kind)));
    }

    /** A platform thread that writes to a socket ignores interrupts. */
    @ParameterizedTest
    @MethodSource("socketTypesAndThreadKinds")
    void helperThreadOfGeneratorEndsAfterWriteTimeout(SocketType socketType, String kind) throws Exception {
        ThreadFactory threads = kind.equals("virtual")
                ? Thread.ofVirtual().factory()
                : Thread.ofPlatform().daemon().factory();
        var thrown = new CompletableFuture<Throwable>();
        SseRoute route = Flosse.stream((request, sink) -> {
                    Thread helper = threads.newThread(() -> {
                        try {
                            yieldForever(sink);
                        } catch (RuntimeException e) {
                            thrown.complete(e);
                        }
                    });
                    helper.start();
                    helper.join();
                })
                .writeTimeout(WRITE_TIMEOUT);
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection ignored = server.connect().get("/sse")) {
            assertThat(thrown.get(TestServer.TIMEOUT_SECONDS, SECONDS)).isInstanceOf(ClientDisconnectedException.class);
            assertThat(server.awaitCause()).isEqualTo(EndCause.WRITE_TIMEOUT);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** The last frames are written after the generator has returned. */
    @ParameterizedTest
    @EnumSource
    void lastFramesAreGivenUpAfterWriteTimeout(SocketType socketType) {
        String large = "x".repeat(16 * 1024 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> {
                    throw new IllegalStateException("on purpose");
                })
                .onError(failure -> Optional.of(SseEvent.of(large)))
                .writeTimeout(WRITE_TIMEOUT);
        try (LogCapture ignoredLog = new LogCapture();
                TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection ignored = server.connect().get("/sse")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.WRITE_TIMEOUT);
            assertThat(server.feature().streams()).isEmpty();
        }
    }

    /** A drain must not wait forever for the last frames. */
    @ParameterizedTest
    @EnumSource
    void drainCutsStreamBlockedInItsLastFrames(SocketType socketType) {
        String large = "x".repeat(16 * 1024 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> {
                    throw new IllegalStateException("on purpose");
                })
                .onError(failure -> Optional.of(SseEvent.of(large)));
        try (LogCapture ignoredLog = new LogCapture();
                TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection ignored = server.get("/sse").awaitText("xxx")) {
            assertThat(server.feature().drain(Duration.ofMillis(300))).isEqualTo(1);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
        }
    }

    /** The end of a stream waits for the write in progress, which is blocked: no kernel buffer takes 64 MiB at once. */
    @ParameterizedTest
    @EnumSource
    void drainCutsStreamBlockedInAnEvent(SocketType socketType) {
        String endless = "x".repeat(64 * 1024 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> sink.yield(endless)).heartbeat(Duration.ZERO);
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection ignored = server.get("/sse").awaitText("xxx")) {
            long began = System.nanoTime();

            int cut = server.feature().drain(Duration.ofSeconds(1));

            long millis = (System.nanoTime() - began) / 1_000_000;
            System.out.printf("Stuck reader, %s: drained in %d ms, grace 1000 ms%n", socketType, millis);
            assertThat(cut).isEqualTo(1);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }
}
