package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.SseEvent;
import io.flosse.StreamInfo;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.server.FlosseRuntime;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heartbeats, comments or events, are sent only after an idle interval. */
class HeartbeatTest {

    private static final String END = "id: flosse:end\nevent: end\ndata: {}\n\n";

    @ParameterizedTest
    @EnumSource
    void heartbeatIsSentAfterIdleInterval(SocketType socketType) {
        Duration interval = Duration.ofMillis(300);
        int beats = 5;
        SseRoute route = Flosse.stream((request, sink) -> new CountDownLatch(1).await());
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", route)
                        .feature(feature -> feature.heartbeat(interval))
                        .start();
                RawConnection client = server.get("/sse").awaitText(":\n")) {
            long last = System.nanoTime();
            var gaps = new StringBuilder();
            for (int beat = 1; beat <= beats; beat++) {
                while (count(client.body()) < beat) {
                    client.readSome(64);
                }
                long now = System.nanoTime();
                gaps.append((now - last) / 1_000_000).append(" ms ");
                last = now;
            }
            System.out.printf("Heartbeats each 300 ms, %s: %s%n", socketType, gaps);
            assertThat(client.body()).isEqualTo(":\n".repeat(count(client.body()) + 1));
            client.fin();
            assertThat(server.awaitEnded().heartbeats()).isGreaterThanOrEqualTo(beats);
        }
    }

    /** Returns the number of heartbeats in a body that starts with a comment and contains nothing else. */
    private static int count(String body) {
        return body.length() / ":\n".length() - 1;
    }

    @ParameterizedTest
    @EnumSource
    void heartbeatEventReplacesTheCommentsAndCountsAsHeartbeat(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> new CountDownLatch(1).await())
                .heartbeat(Duration.ofMillis(50))
                .heartbeatEvent(SseEvent.of(Map.of("n", 1)).withEvent("ping").withRetry(Duration.ofSeconds(2)));
        String beat = "retry: 2000\nevent: ping\ndata: {\"n\":1}\n\n";
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitBody(beat.repeat(3))) {
            assertThat(client.body().replace(beat, "")).isEmpty();
            client.fin();
            StreamInfo ended = server.awaitEnded();
            assertThat(ended.heartbeats()).isGreaterThanOrEqualTo(3);
            assertThat(ended.events()).isZero();
        }
    }

    @Test
    void heartbeatEventWithIdIsRejected() {
        SseRoute route = Flosse.stream((request, sink) -> {});
        for (String id : List.of("7", "")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> route.heartbeatEvent(SseEvent.of("").withId(id)))
                    .withMessageContaining("A heartbeat must not have an id, but this one has '" + id + "'");
        }
    }

    @Test
    void heartbeatEventWithoutDataIsRejected() {
        SseRoute route = Flosse.stream((request, sink) -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.heartbeatEvent(SseEvent.ofRetry(Duration.ofSeconds(1))))
                .withMessageContaining("A heartbeat event needs data");
    }

    @Test
    void heartbeatEventThatNeedsMediaSupportIsRejected() {
        SseRoute route = Flosse.stream((request, sink) -> {});
        for (Object data : List.of(Duration.ZERO, List.of(Duration.ZERO))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> route.heartbeatEvent(SseEvent.of(data)))
                    .withMessageContaining("cannot be a java.time.Duration: use a string or a map");
        }
    }

    /** For clients that cannot read comments. */
    @ParameterizedTest
    @EnumSource
    void streamWithoutCommentsStartsWithItsHeadersAlone(SocketType socketType) {
        var silence = new Semaphore(0);
        SseRoute route = Flosse.stream((request, sink) -> {
            silence.acquire();
            sink.yield("first");
        });
        try (TestServer server = TestServer.on(socketType)
                .get("/none", route.heartbeat(Duration.ZERO))
                .get("/event", route.heartbeatEvent(SseEvent.of("").withEvent("ping")))
                .start()) {
            for (String path : List.of("/none", "/event")) {
                try (RawConnection client = server.get(path)) {
                    assertThat(client.status()).isEqualTo(200);
                    assertThat(client.text()).endsWith("\r\n\r\n");
                    silence.release();
                    assertThat(client.awaitEnd().body()).isEqualTo("data: first\n\n" + END);
                    assertThat(client.isComplete()).isTrue();
                }
            }
        }
    }

    @Test
    void retryIsTheStartOfAStreamWithoutComments() {
        SseRoute route =
                Flosse.stream((request, sink) -> {}).heartbeat(Duration.ZERO).retry(Duration.ofSeconds(3));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.body()).isEqualTo("retry: 3000\n" + END);
        }
    }

    @Test
    void bodyThatEndsAfterAHeartbeatEndsWithABlankLine() {
        SseRoute route = Flosse.stream((request, sink) -> new CountDownLatch(1).await())
                .heartbeat(Duration.ofMillis(50))
                .maxDuration(Duration.ofMillis(300));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.body()).matches("(:\n)+\n");
            assertThat(client.isComplete()).isTrue();
        }
    }

    /** Yields an event every tenth of the interval, for more than two intervals. */
    @ParameterizedTest
    @EnumSource
    void heartbeatIsNotSentWhileEventsAreSent(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> {
                    for (int i = 0; i < 50; i++) {
                        sink.yield(i);
                        Thread.sleep(100);
                    }
                })
                .heartbeat(Duration.ofSeconds(2));
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            // A machine that pauses for 2 s may cause one heartbeat.
            assertThat(server.awaitEnded().heartbeats()).isLessThanOrEqualTo(1);
            assertThat(client.isComplete()).isTrue();
        }
    }

    /** OkHttp gives up after 10 s without a byte. A heartbeat may come up to a quarter of a second late. */
    @Test
    void defaultIntervalIsShorterThanTheReadTimeoutOfOkHttp() {
        assertThat(FlosseRuntime.DEFAULTS.heartbeat())
                .isPositive()
                .isLessThan(Duration.ofSeconds(10).minusMillis(250));
    }

    @Test
    void zeroIntervalDisablesHeartbeatsAndComments() {
        assertNoHeartbeat(Duration.ZERO, "");
    }

    @Test
    void foreverIntervalSendsNoHeartbeat() {
        assertNoHeartbeat(ChronoUnit.FOREVER.getDuration(), ":\n");
    }

    private static void assertNoHeartbeat(Duration heartbeat, String start) {
        SseRoute route = Flosse.stream((request, sink) -> Thread.sleep(500))
                .heartbeat(heartbeat)
                .writeTimeout(ChronoUnit.FOREVER.getDuration())
                .maxDuration(ChronoUnit.FOREVER.getDuration());
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(server.awaitEnded().heartbeats()).isZero();
            assertThat(client.body()).isEqualTo(start + END);
        }
    }
}
