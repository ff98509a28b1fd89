package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SlowConsumerGenerator;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An admission of a throttle is released exactly once, however the stream ends, and no throttle admits too many. */
class ThrottleReleaseTest {

    private static final Generator FOREVER = (request, sink) -> {
        sink.yield("open");
        new CountDownLatch(1).await();
    };

    /** Counts admissions and releases. */
    private static final class Counting implements Throttle {

        private final AtomicInteger admitted = new AtomicInteger();
        private final AtomicInteger released = new AtomicInteger();

        @Override
        public Admission admit(SseRequest request) {
            admitted.incrementAndGet();
            return Admission.admitted(released::incrementAndGet);
        }

        void assertReleased(int times) {
            Deadlines.await(() -> released.get() >= times, "the release of " + times + " admissions");
            assertThat(admitted).hasValue(times);
            assertThat(released).hasValue(times);
        }
    }

    @ParameterizedTest
    @EnumSource
    void admissionIsReleasedOnceForEveryEndCause(EndCause cause) {
        var throttle = new Counting();
        SseRoute base = Flosse.stream(FOREVER).throttles(throttle);
        SseRoute route = switch (cause) {
            case COMPLETED ->
                Flosse.stream((request, sink) -> sink.yield("open")).throttles(throttle);
            case FAILED ->
                Flosse.stream((request, sink) -> {
                            sink.yield("open");
                            throw new IllegalStateException("on purpose");
                        })
                        .throttles(throttle);
            case WRITE_TIMEOUT ->
                Flosse.stream((request, sink) -> {
                            sink.yield("open");
                            String large = "x".repeat(1 << 20);
                            while (true) {
                                sink.yield(large);
                            }
                        })
                        .throttles(throttle)
                        .writeTimeout(Duration.ofMillis(200));
            case MAX_DURATION -> base.maxDuration(Duration.ofMillis(100));
            case EXPIRED ->
                base.authenticators(request ->
                        Optional.of(Identity.of("ann").withExpiry(Instant.now().plusMillis(200))));
            case REVOKED, DRAINED -> base.authenticators(request -> Optional.of(Identity.of("ann")));
            case SLOW_CONSUMER -> Flosse.stream(new SlowConsumerGenerator()).throttles(throttle);
            case CLIENT_GONE -> base;
        };
        Consumer<TestServer> ending = switch (cause) {
            case REVOKED -> server -> server.feature().revoke(identity -> true);
            case DRAINED -> server -> server.feature().drain(Duration.ofSeconds(5));
            default -> server -> {};
        };
        try (LogCapture ignored = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitText("data: open")) {
            ending.accept(server);
            if (cause == EndCause.CLIENT_GONE) {
                client.reset();
            }
            assertThat(server.awaitCause()).isEqualTo(cause);
            throttle.assertReleased(1);
        }
    }

    @Test
    void admissionIsReleasedOnceIfALaterCheckRefuses() {
        var throttle = new Counting();
        Throttle never = request -> Throttle.Admission.rejected(Duration.ofSeconds(1));
        Throttle broken = request -> {
            throw new IllegalStateException("on purpose");
        };
        Throttle nothing = request -> null;
        SseRoute route = Flosse.stream(FOREVER).throttles(throttle);
        try (LogCapture log = new LogCapture();
                TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/rejected", route.throttles(throttle, never))
                        .get("/broken", route.throttles(throttle, broken))
                        .get("/null", route.throttles(throttle, nothing))
                        .routing(routing -> routing.post("/large", route.maxBodySize(1)))
                        .start()) {
            assertThat(status(server.get("/rejected"))).isEqualTo(429);
            assertThat(status(server.get("/broken"))).isEqualTo(500);
            assertThat(status(server.get("/null"))).isEqualTo(500);
            RawConnection large =
                    server.connect().write("POST /large HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\nab");
            assertThat(status(large.awaitText("\r\n\r\n"))).isEqualTo(413);
            throttle.assertReleased(4);
            assertThat(log.errors()).hasSize(2);
        }
    }

    private static int status(RawConnection client) {
        try (client) {
            return client.status();
        }
    }

    /** The store of the throttle is unreachable when the stream ends: this is logged, and other throttles are still released. */
    @Test
    void failedReleaseAffectsNeitherStreamNorOtherThrottles() {
        var before = new Counting();
        var after = new Counting();
        Throttle failing = request -> Throttle.Admission.admitted(() -> {
            throw new IllegalStateException("the store is unreachable");
        });
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("open")).throttles(before, failing, after);
        try (LogCapture log = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            assertThat(client.text()).containsOnlyOnce("HTTP/1.1");
            before.assertReleased(1);
            after.assertReleased(1);
            assertThat(log.errors()).hasSize(1);
            assertThat(logs.aboveDebug()).as("log records of Helidon").isEmpty();
        }
    }

    @Test
    void throttleNeverAdmitsTooManyOf200ConcurrentStreams() throws Exception {
        int max = 7;
        var open = new AtomicInteger();
        var seen = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> {
                    seen.accumulateAndGet(open.incrementAndGet(), Math::max);
                    try {
                        sink.yield("open");
                        new CountDownLatch(1).await();
                    } finally {
                        open.decrementAndGet();
                    }
                })
                .throttles(Throttle.concurrent(max, Throttle.perAddress()));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 3; round++) {
                var start = new CountDownLatch(1);
                List<Future<RawConnection>> racing = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    racing.add(threads.submit(() -> {
                        RawConnection client = server.connect();
                        start.await();
                        return client.get("/sse").awaitText("\r\n\r\n");
                    }));
                }
                start.countDown();
                List<RawConnection> clients = new ArrayList<>();
                for (Future<RawConnection> one : racing) {
                    clients.add(one.get());
                }
                assertThat(clients).filteredOn(client -> client.status() == 200).hasSize(max);
                assertThat(clients).filteredOn(client -> client.status() == 429).hasSize(200 - max);
                clients.forEach(RawConnection::close);
                for (int i = 0; i < max; i++) {
                    assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                }
                Deadlines.await(() -> open.get() == 0, "the end of all streams");
            }
            assertThat(seen).hasValueLessThanOrEqualTo(max);
        }
    }

    /** Twenty clients lose their network together, and reconnect after the announced time as EventSource does. */
    @Test
    void clientsReconnectAfterNetworkFailureInSpiteOfThrottle() throws Exception {
        SseRoute route =
                Flosse.stream(FOREVER).throttles(Throttle.rate(5, Duration.ofMillis(500), Throttle.perAddress()));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<RawConnection>> listeners = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                listeners.add(threads.submit(() -> connectWithRetries(server)));
            }
            for (Future<RawConnection> listener : listeners) {
                listener.get();
            }
            assertThat(server.feature().streams()).hasSize(20);
            for (Future<RawConnection> listener : listeners) {
                listener.get().close();
            }
        }
    }

    private static RawConnection connectWithRetries(TestServer server) throws InterruptedException {
        while (true) {
            RawConnection client = server.get("/sse", "Accept: text/event-stream");
            assertThat(client.status()).isEqualTo(200);
            if (client.text().contains("Transfer-Encoding: chunked")
                    || client.text().contains("transfer-encoding: chunked")) {
                return client.awaitText("data: open");
            }
            String refusal = client.awaitText("\n: ").text();
            client.close();
            Thread.sleep(Long.parseLong(refusal.replaceAll("(?s).*retry: (\\d+)\n.*", "$1")));
        }
    }
}
