package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.Resources;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thousands of connections and disconnects leak nothing: no thread, no file descriptor, no registry entry, no memory. */
class ResourceLeakTest {

    private static final long TWO_MEGABYTES = 2 * 1024 * 1024;

    @ParameterizedTest
    @CsvSource({"PLAIN, 10000, 1000", "TLS, 600, 150"})
    void thousandsOfConnectionsLeakNothing(SocketType socketType, int connections, int batch) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            new CountDownLatch(1).await();
        });
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", route)
                        .settings(settings -> settings.backlog(batch))
                        .start();
                AllLogs logs = new AllLogs()) {
            connectAndDisconnect(server, batch); // warm-up: loads classes and fills caches
            Resources before = Resources.now();
            long began = System.nanoTime();

            for (int gone = 0; gone < connections; gone += batch) {
                connectAndDisconnect(server, batch);
            }

            long millis = (System.nanoTime() - began) / 1_000_000;
            Resources after = Resources.when(now -> now.platformThreads() <= before.platformThreads()
                    && now.virtualThreads() <= before.virtualThreads()
                    && now.descriptors() <= before.descriptors()
                    && now.liveHeap() - before.liveHeap() < TWO_MEGABYTES);
            System.out.printf(
                    "Connect and disconnect, %s: %d connections in %d ms; before %s, after %s%n",
                    socketType, connections, millis, before, after);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(after.platformThreads()).isLessThanOrEqualTo(before.platformThreads());
            assertThat(after.virtualThreads()).isLessThanOrEqualTo(before.virtualThreads());
            assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors());
            assertThat(after.liveHeap() - before.liveHeap()).isLessThan(TWO_MEGABYTES);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Connects a batch of clients at once, and disconnects them in every possible way. */
    private static void connectAndDisconnect(TestServer server, int batch)
            throws ExecutionException, InterruptedException {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<RawConnection>> coming = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                coming.add(clients.submit(() -> server.get("/sse").awaitText("hello\n\n")));
            }
            List<RawConnection> connected = new ArrayList<>();
            for (Future<RawConnection> client : coming) {
                connected.add(client.get());
            }
            assertThat(server.feature().streams()).hasSize(batch);
            for (int i = 0; i < batch; i++) {
                RawConnection client = connected.get(i);
                switch (i % 3) {
                    case 0 -> client.fin();
                    case 1 -> client.reset();
                    default -> client.halfClose();
                }
            }
            for (int i = 0; i < batch; i++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            connected.forEach(RawConnection::close);
        }
    }
}
