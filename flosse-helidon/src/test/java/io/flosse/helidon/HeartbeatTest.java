package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heartbeat comments are sent only after an idle interval. */
class HeartbeatTest {

    private static final String BEAT = ": heartbeat\n\n";

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
                RawConnection client = server.get("/sse").awaitText(":\n\n")) {
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
            assertThat(client.body()).isEqualTo(":\n\n" + BEAT.repeat(count(client.body())));
            client.fin();
            assertThat(server.awaitEnded().heartbeats()).isGreaterThanOrEqualTo(beats);
        }
    }

    private static int count(String body) {
        return (body.length() - body.replace(BEAT, "").length()) / BEAT.length();
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

    @Test
    void zeroIntervalDisablesHeartbeats() {
        assertNoHeartbeat(Duration.ZERO);
    }

    @Test
    void foreverIntervalSendsNoHeartbeat() {
        assertNoHeartbeat(ChronoUnit.FOREVER.getDuration());
    }

    private static void assertNoHeartbeat(Duration heartbeat) {
        SseRoute route = Flosse.stream((request, sink) -> Thread.sleep(500))
                .heartbeat(heartbeat)
                .writeTimeout(ChronoUnit.FOREVER.getDuration())
                .maxDuration(ChronoUnit.FOREVER.getDuration());
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(server.awaitEnded().heartbeats()).isZero();
            assertThat(client.body()).startsWith(":\n\nid: flosse:end\n");
        }
    }
}
