package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.flosse.helidon.internal.timing.CoalescingTimer;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that sleep in the coalescing timer and end before their wake-up time. */
class SleepingStreamEndTest {

    private static final int STREAMS = 20;

    private final AtomicReference<CoalescingTimer> timer = new AtomicReference<>();

    private final SseRoute route = Flosse.stream((request, sink) -> {
        timer.set(FlosseRuntime.of(request.unwrap(ServerRequest.class).orElseThrow())
                .orElseThrow()
                .sleepTimer());
        sink.sleep(Duration.ofMillis(2));
        sink.yield("hello");
        sink.sleep(Duration.ofSeconds(50));
    });

    /** The coalescing timer ends each sleep up to 2 ms late, which the next sleep makes up for. */
    @Test
    void sleepsInALoopKeepTheirRate() {
        int sleeps = 20;
        long nanos = 201_000_000; // no multiple of the timer's interval, so the lateness varies
        List<Long> slept = Collections.synchronizedList(new ArrayList<>());
        SseRoute loop = Flosse.stream((request, sink) -> {
            for (int i = 0; i < sleeps; i++) {
                long start = System.nanoTime();
                sink.sleep(Duration.ofNanos(nanos));
                slept.add(System.nanoTime() - start);
            }
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", loop).start();
                RawConnection client = server.get("/sse")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
        }
        assertThat(slept.stream().mapToLong(Long::longValue).sum()).isGreaterThanOrEqualTo(sleeps * nanos);
        assertThat(slept).anyMatch(duration -> duration < nanos);
    }

    @ParameterizedTest
    @EnumSource
    void sleepingStreamsEndWhenTheirClientsDisconnect(SocketType socketType) {
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            for (RawConnection client : open(server)) {
                client.close();
            }
            assertEnded(server, EndCause.CLIENT_GONE, logs);
        }
    }

    @ParameterizedTest
    @EnumSource
    void sleepingStreamsEndWhenTheServerDrains(SocketType socketType) {
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            List<RawConnection> clients = open(server);

            server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));

            assertEnded(server, EndCause.DRAINED, logs);
            for (RawConnection client : clients) {
                client.awaitEnd();
                assertThat(client.isComplete()).isTrue();
                client.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void sleepingStreamsEndWhenTheServerStops(SocketType socketType) {
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            List<RawConnection> clients = open(server);

            server.server().stop();

            assertEnded(server, EndCause.DRAINED, logs);
            clients.forEach(RawConnection::close);
        }
    }

    private List<RawConnection> open(TestServer server) {
        List<RawConnection> clients = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            clients.add(server.get("/sse").awaitText("hello\n\n"));
        }
        Deadlines.await(() -> timer.get().size() == STREAMS, STREAMS + " sleeping streams in the coalescing timer");
        return clients;
    }

    private void assertEnded(TestServer server, EndCause cause, AllLogs logs) {
        for (int i = 0; i < STREAMS; i++) {
            assertThat(server.awaitCause()).isEqualTo(cause);
        }
        assertThat(timer.get().size()).isZero();
        assertThat(server.feature().streams()).isEmpty();
        assertThat(logs.aboveDebug()).noneMatch(ServerStopTest::isWarning);
    }
}
