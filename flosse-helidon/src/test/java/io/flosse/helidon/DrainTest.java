package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.DrainHealthCheck;
import io.flosse.helidon.internal.server.DrainingServers;
import io.helidon.health.HealthCheckResponse.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Draining a server: no new streams, a last retry for open streams, and no incomplete frame. */
class DrainTest {

    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Pattern LAST_RETRY = Pattern.compile("\nretry: (\\d+)\n\n$");

    private static long lastRetry(String body) {
        Matcher last = LAST_RETRY.matcher(body);
        assertThat(last.find())
                .as(body.substring(Math.max(0, body.length() - 100)))
                .isTrue();
        return Long.parseLong(last.group(1));
    }

    @ParameterizedTest
    @EnumSource
    void idleStreamsGetRandomizedLastRetry(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            new CountDownLatch(1).await();
        });
        int streams = 50;
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            List<RawConnection> clients = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                clients.add(server.get("/sse").awaitText("hello\n\n"));
            }
            long began = System.nanoTime();

            assertThat(server.feature().drain(GRACE)).isZero();

            System.out.printf(
                    "Drain of %d quiet streams, %s: %d ms%n",
                    streams, socketType, (System.nanoTime() - began) / 1_000_000);
            Set<Long> retries = new HashSet<>();
            for (RawConnection client : clients) {
                client.awaitEnd();
                assertThat(client.isComplete()).isTrue();
                retries.add(lastRetry(client.body()));
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            }
            assertThat(retries)
                    .allMatch(retry -> retry >= 10_000 && retry <= 15_000)
                    .hasSizeGreaterThan(20);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** The generator is in the middle of writing an event to a slow client. */
    @ParameterizedTest
    @EnumSource
    void slowClientGetsItsFrameCompletely(SocketType socketType) throws Exception {
        String event = "x".repeat(8 * 1024 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> {
            while (true) {
                sink.yield(event);
            }
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection slow = server.get("/sse").awaitText("xxx");
                RawConnection live = server.get("/sse").awaitText("xxx")) {
            Thread slowReader = Thread.startVirtualThread(() -> {
                while (slow.readSome(8192) > 0) {
                    LockSupport.parkNanos(100_000);
                }
            });
            Thread liveReader = Thread.startVirtualThread(live::awaitEnd);

            assertThat(server.feature().drain(Duration.ofMinutes(1))).isZero();

            slowReader.join();
            liveReader.join();
            for (RawConnection client : List.of(slow, live)) {
                assertThat(client.isComplete()).isTrue();
                String body = client.body();
                lastRetry(body);
                assertThat(body.replace("data: " + event + "\n\n", "")).matches(":\nretry: \\d+\n\n");
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            }
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void newStreamsAreTemporarilyRefused() {
        SseRoute route = Flosse.stream((request, sink) -> new CountDownLatch(1).await());
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .get("/sse", route)
                .get("/status", route.refuseWithStatus())
                .feature(feature -> feature.drainGrace(Duration.ofSeconds(4)))
                .start()) {
            server.feature().drain(Duration.ZERO);

            try (RawConnection browser = server.get("/sse", "Accept: text/event-stream")) {
                assertThat(browser.status()).isEqualTo(200);
                browser.awaitText("going down\n\n");
                assertThat(browser.text()).containsPattern("retry: (4|5)\\d\\d\\d|retry: 6000");
            }
            for (String path : List.of("/sse", "/status")) {
                String accept = path.equals("/sse") ? "Accept: */*" : "Accept: text/event-stream";
                try (RawConnection other = server.get(path, accept)) {
                    assertThat(other.status()).isEqualTo(503);
                    assertThat(other.text()).containsIgnoringCase("\r\nretry-after: 4\r\n");
                }
            }
        }
    }

    @Test
    void streamThatIsNotYetOpenIsRefused() {
        var running = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    running.countDown();
                    new CountDownLatch(1).await();
                })
                .openOnFirstYield();
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.connect().get("/sse")) {
            await(running);

            assertThat(server.feature().drain(GRACE)).isZero();

            client.awaitText("\r\n\r\n");
            assertThat(client.status()).isEqualTo(503);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
        }
    }

    /** The health check belongs to the JVM, a drain to one server. */
    @Test
    void drainOfOneServerDoesNotAffectOthersInTheSameJvm() {
        SseRoute route = Flosse.stream((request, sink) -> new CountDownLatch(1).await());
        var health = new DrainHealthCheck();
        try (TestServer one = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                TestServer two =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection ofOne = one.get("/sse");
                RawConnection ofTwo = two.get("/sse")) {
            assertThat(health.call().status()).isEqualTo(Status.UP);

            assertThat(one.feature().drain(GRACE)).isZero();

            assertThat(one.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(ofOne.awaitEnd().isComplete()).isTrue();
            assertThat(health.call().status()).isEqualTo(Status.DOWN);
            assertThat(health.call().details()).containsEntry("draining", 1);
            assertThat(two.feature().streams()).hasSize(1);
            one.server().stop();
            assertThat(health.call().status()).isEqualTo(Status.UP);
            ofTwo.fin();
            assertThat(two.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
        assertThat(DrainingServers.count()).isZero();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
