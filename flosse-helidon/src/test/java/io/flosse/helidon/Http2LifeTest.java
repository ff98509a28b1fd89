package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What holds of a stream's life on HTTP/2, and what does not: see ADR 11. */
class Http2LifeTest {

    private static final Duration HEARTBEAT = Duration.ofMillis(300);

    private static final SseRoute QUIET = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                new CountDownLatch(1).await();
            })
            .heartbeat(HEARTBEAT);

    private static LifeServer serve(SseRoute route) {
        return LifeServer.on(Wire.PLAIN).get("/sse", route).start();
    }

    @Test
    void closedConnectionEndsTheGeneratorWithTheNextHeartbeats() {
        try (LifeServer server = serve(QUIET);
                AllLogs logs = new AllLogs();
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            client.bodyUntil("hello\n\n");
            long began = System.nanoTime();
            long before = onlyStream(server).heartbeats();

            client.close();

            StreamInfo ended = server.awaitEnded();
            System.out.printf(
                    "HTTP/2: closed connection seen after %d ms and %d more heartbeats of 300 ms%n",
                    (System.nanoTime() - began) / 1_000_000, ended.heartbeats() - before);
            assertThat(ended.cause()).contains(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** A fact of Helidon 4.2 and 4.3, not a wish: where this fails, take the warning out of the README. */
    @Test
    void resetStreamIsNotNoticed() {
        try (LifeServer server = serve(QUIET);
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            client.bodyUntil("hello\n\n");

            client.reset();

            long deadline = System.nanoTime() + LifeServer.PATIENCE_SECONDS * 1_000_000_000;
            long before = onlyStream(server).heartbeats();
            while (onlyStream(server).heartbeats() < before + 4) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
            assertThat(onlyStream(server).cause()).isEmpty();
            client.close();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }

    private static StreamInfo onlyStream(LifeServer server) {
        assertThat(server.feature().streams()).hasSize(1);
        return server.feature().streams().getFirst();
    }

    @Test
    void maximumDurationEndsAStreamThatWasReset() {
        try (LifeServer server = serve(QUIET.maxDuration(Duration.ofSeconds(1)));
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            client.bodyUntil("hello\n\n");
            client.reset();

            assertThat(server.awaitCause()).isEqualTo(EndCause.MAX_DURATION);
            assertThat(server.feature().streams()).isEmpty();
        }
    }

    @Test
    void stuckClientIsGivenUpAfterTheWriteTimeout() {
        String event = "x".repeat(64 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> {
                    while (true) {
                        sink.yield(event);
                    }
                })
                .writeTimeout(Duration.ofSeconds(1));
        try (LifeServer server = serve(route);
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

    /** Another fact of Helidon's, and why the server warns at its start; it shows where the client sends pings. */
    @Test
    void idleTimeoutOfHelidonCutsABusyStream() {
        try (LifeServer server = LifeServer.on(Wire.PLAIN)
                        .get("/sse", QUIET)
                        .settings(settings -> settings.idleConnectionTimeout(Duration.ofSeconds(1))
                                .idleConnectionPeriod(Duration.ofMillis(100)))
                        .start();
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            assertThatThrownBy(() -> {
                        for (int beats = 1; beats < 30; beats++) {
                            client.ping();
                            client.bodyUntil(": heartbeat\n\n".repeat(beats));
                        }
                    })
                    .hasMessageContaining("The server broke off");

            StreamInfo ended = server.awaitEnded();
            System.out.printf(
                    "HTTP/2: an idle timeout of 1000 ms cut the stream after %d ms and %d heartbeats%n",
                    ended.age().toMillis(), ended.heartbeats());
            assertThat(ended.cause()).contains(EndCause.CLIENT_GONE);
        }
    }

    @Test
    void drainSaysFarewellAndEndsTheStream() {
        try (LifeServer server = serve(QUIET);
                RawHttp2 client = RawHttp2.get(server.port(), "/sse")) {
            client.bodyUntil("hello\n\n");

            assertThat(server.feature().drain(Duration.ofSeconds(LifeServer.PATIENCE_SECONDS)))
                    .isZero();

            assertThat(client.body()).containsPattern("hello\n\n(: heartbeat\n\n)*retry: \\d+\n\n$");
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
        }
    }
}
