package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.Resources;
import io.flosse.helidon.fixture.SocketType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thousands of clients that come and go leave nothing behind: no thread, no descriptor, no entry, no memory. */
class ResourceLeakTest {

    private static final long TWO_MEGABYTES = 2 * 1024 * 1024;

    @ParameterizedTest
    @CsvSource({"PLAIN, 10000, 1000", "TLS, 600, 150"})
    void leaveNothingBehind(SocketType wire, int connections, int wave) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            new CountDownLatch(1).await();
        });
        try (TestServer server = TestServer.on(wire)
                        .get("/sse", route)
                        .settings(settings -> settings.backlog(wave))
                        .start();
                AllLogs logs = new AllLogs()) {
            comeAndGo(server, wave); // what is loaded and cached once
            Resources before = Resources.now();
            long began = System.nanoTime();

            for (int gone = 0; gone < connections; gone += wave) {
                comeAndGo(server, wave);
            }

            long millis = (System.nanoTime() - began) / 1_000_000;
            Resources after = Resources.when(now -> now.platformThreads() <= before.platformThreads()
                    && now.virtualThreads() <= before.virtualThreads()
                    && now.descriptors() <= before.descriptors()
                    && now.liveHeap() - before.liveHeap() < TWO_MEGABYTES);
            System.out.printf(
                    "Waves, %s: %d connections in %d ms; before %s, after %s%n",
                    wire, connections, millis, before, after);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(after.platformThreads()).isLessThanOrEqualTo(before.platformThreads());
            assertThat(after.virtualThreads()).isLessThanOrEqualTo(before.virtualThreads());
            assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors());
            assertThat(after.liveHeap() - before.liveHeap()).isLessThan(TWO_MEGABYTES);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** A wave of clients, all connected at once, that leave in every way there is. */
    private static void comeAndGo(TestServer server, int wave) throws ExecutionException, InterruptedException {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<RawConnection>> coming = new ArrayList<>();
            for (int i = 0; i < wave; i++) {
                coming.add(clients.submit(() -> server.get("/sse").awaitText("hello\n\n")));
            }
            List<RawConnection> connected = new ArrayList<>();
            for (Future<RawConnection> client : coming) {
                connected.add(client.get());
            }
            assertThat(server.feature().streams()).hasSize(wave);
            for (int i = 0; i < wave; i++) {
                RawConnection client = connected.get(i);
                switch (i % 3) {
                    case 0 -> client.fin();
                    case 1 -> client.reset();
                    default -> client.halfClose();
                }
            }
            for (int i = 0; i < wave; i++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            connected.forEach(RawConnection::close);
        }
    }
}
