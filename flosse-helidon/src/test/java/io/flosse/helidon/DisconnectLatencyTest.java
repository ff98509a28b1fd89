package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Latency from the disconnect of a client to the finally block of the generator, while nothing is written. */
class DisconnectLatencyTest {

    @ParameterizedTest
    @CsvSource({"PLAIN, 1000, false", "PLAIN, 1000, true", "TLS, 300, false"})
    void disconnectRunsFinallyQuickly(SocketType socketType, int streams, boolean allAtOnce) throws Exception {
        long[] ended = new long[streams];
        var noticed = new Semaphore(0);
        SseRoute route = Flosse.stream((request, sink) -> {
                    int n = Integer.parseInt(request.query("n").orElseThrow());
                    try {
                        Thread.sleep(Duration.ofHours(1));
                    } finally {
                        ended[n] = System.nanoTime();
                        noticed.release();
                    }
                })
                .heartbeat(Duration.ZERO);
        try (TestServer server = TestServer.on(socketType)
                .get("/sse", route)
                .settings(settings -> settings.backlog(streams))
                .start()) {
            List<RawConnection> clients = connect(server, streams);
            long[] took = new long[streams];

            for (int n = 0; n < streams; n++) {
                took[n] = -System.nanoTime();
                if (n % 2 == 0) {
                    clients.get(n).fin();
                } else {
                    clients.get(n).reset();
                }
                if (!allAtOnce) {
                    assertThat(noticed.tryAcquire(TestServer.TIMEOUT_SECONDS, SECONDS))
                            .isTrue();
                }
            }
            if (allAtOnce) {
                assertThat(noticed.tryAcquire(streams, TestServer.TIMEOUT_SECONDS, SECONDS))
                        .isTrue();
            }
            Arrays.setAll(took, n -> took[n] + ended[n]);
            report(socketType, allAtOnce, took);
        }
    }

    private static void report(SocketType socketType, boolean allAtOnce, long[] took) {
        Arrays.sort(took);
        int p99 = took.length * 99 / 100;
        System.out.printf(
                "Disconnect to finally, %s, %d streams, %s: p50 %d us, p99 %d us, max %d us%n",
                socketType,
                took.length,
                allAtOnce ? "all at once" : "one by one",
                took[took.length / 2] / 1_000,
                took[p99] / 1_000,
                took[took.length - 1] / 1_000);
        // The goal is 100 ms. 5 s tolerates a loaded machine, but is less than the heartbeat interval of 8 s.
        assertThat(Duration.ofNanos(took[p99])).isLessThan(Duration.ofSeconds(5));
    }

    private static List<RawConnection> connect(TestServer server, int streams) throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<RawConnection>> coming = new ArrayList<>();
            for (int n = 0; n < streams; n++) {
                String path = "/sse?n=" + n;
                coming.add(executor.submit(() -> server.get(path)));
            }
            List<RawConnection> clients = new ArrayList<>();
            for (Future<RawConnection> client : coming) {
                clients.add(client.get());
            }
            return clients;
        }
    }
}
