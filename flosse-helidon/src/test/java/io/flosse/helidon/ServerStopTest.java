package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that stops without a drain: Helidon interrupts the generators, which is not a failure. */
class ServerStopTest {

    /** What user code does while Helidon stops the server. */
    enum Activity {
        SLEEPING,
        SLEEPING_BY_THE_SINK,
        WAITING_FOR_A_LOCK,
        YIELDING,
        RETURNS_WHEN_INTERRUPTED
    }

    private static SseRoute route(Activity activity) {
        return Flosse.stream((request, sink) -> {
            sink.yield("hello");
            switch (activity) {
                case SLEEPING -> Thread.sleep(Duration.ofHours(1));
                case SLEEPING_BY_THE_SINK -> sink.sleep(Duration.ofHours(1));
                case WAITING_FOR_A_LOCK -> new CountDownLatch(1).await();
                case YIELDING -> {
                    while (true) {
                        sink.yield("x");
                        Thread.sleep(1);
                    }
                }
                case RETURNS_WHEN_INTERRUPTED -> {
                    try {
                        Thread.sleep(Duration.ofHours(1));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void stopWithoutDrainSendsLastRetryAndCleanEnd(Activity activity) {
        for (SocketType socketType : SocketType.values()) {
            try (TestServer server = TestServer.on(socketType)
                            .get("/sse", route(activity))
                            .start();
                    AllLogs logs = new AllLogs();
                    RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
                long began = System.nanoTime();

                server.server().stop();

                long millis = (System.nanoTime() - began) / 1_000_000;
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
                client.awaitEnd();
                System.out.printf("stop() of a server, %s, generator %s: %d ms%n", socketType, activity, millis);
                assertThat(client.isComplete())
                        .as("complete response over %s", socketType)
                        .isTrue();
                assertThat(client.body()).containsPattern("\nretry: \\d+\n\n$");
                assertThat(logs.aboveDebug()).noneMatch(ServerStopTest::isWarning);
                assertThat(server.feature().streams()).isEmpty();
            }
        }
    }

    /** The generators hardly pause, so the interrupt of the server stop hits writes in progress. */
    @ParameterizedTest
    @EnumSource
    void stopWithoutDrainCutsNoFrameOfBusyStreams(SocketType socketType) throws Exception {
        int streams = 60;
        SseRoute busy = Flosse.stream((request, sink) -> {
            for (int i = 1; ; i++) {
                sink.yield("x");
                if (i % 16 == 0) {
                    LockSupport.parkNanos(20_000); // limits the size of the body
                }
            }
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", busy).start();
                ExecutorService clients = Executors.newCachedThreadPool()) {
            var reading = new CountDownLatch(streams);
            List<Future<RawConnection>> ends = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                ends.add(clients.submit(() -> {
                    try (RawConnection client = server.get("/sse").awaitText("data: x\n\n")) {
                        reading.countDown();
                        return client.awaitEnd();
                    }
                }));
            }
            assertThat(reading.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();

            server.server().stop();

            for (Future<RawConnection> end : ends) {
                RawConnection client = end.get();
                assertThat(client.isComplete()).isTrue();
                assertThat(client.body()).containsPattern("\nretry: \\d+\n\n$");
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void stopWithoutDrainEndsStreamOfClientThatDoesNotRead(SocketType socketType) throws Exception {
        SseRoute busy = Flosse.stream((request, sink) -> {
            while (true) {
                sink.yield("x".repeat(64 * 1024));
            }
        });
        try (TestServer server = TestServer.on(socketType)
                        .feature(feature -> feature.drainGrace(Duration.ofSeconds(1)))
                        .get("/sse", busy)
                        .start();
                RawConnection client = server.get("/sse")) {
            awaitStuck(server);

            server.server().stop();

            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(client.awaitEnd().isComplete()).isFalse();
        }
    }

    /** Waits until the only stream of a server has written no event in 50 consecutive checks. */
    static void awaitStuck(TestServer server) throws InterruptedException {
        long events = -1;
        for (int same = 0; same < 50; same++) {
            long now = server.feature().streams().getFirst().events();
            if (now != events) {
                events = now;
                same = 0;
            }
            Thread.sleep(10);
        }
    }

    /** Returns whether a log line is a warning or worse; Helidon logs its stop at INFO. */
    static boolean isWarning(String logged) {
        return logged.startsWith(Level.WARNING.getName()) || logged.startsWith(Level.SEVERE.getName());
    }

    @ParameterizedTest
    @EnumSource
    void drainedServerStopsCleanly(SocketType socketType) {
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", route(Activity.YIELDING))
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            assertThat(server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS)))
                    .isZero();
            server.server().stop();

            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).containsPattern("\nretry: \\d+\n\n$");
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(logs.aboveDebug()).noneMatch(ServerStopTest::isWarning);
        }
    }
}
