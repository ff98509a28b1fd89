package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.Permission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that disconnects on HTTP/2 ends its generators while nothing is written, whatever the kind of disconnect. */
class Http2DisconnectTest {

    private static TestServer serve(Entry entry, SseRoute route) {
        return TestServer.on(entry == Entry.ALPN ? SocketType.TLS : SocketType.PLAIN)
                .get("/sse", route)
                .start();
    }

    /** Returns a route whose generator blocks forever without heartbeats. */
    private static SseRoute blocked() {
        return Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    new CountDownLatch(1).await();
                })
                .heartbeat(Duration.ZERO);
    }

    @ParameterizedTest
    @EnumSource(Entry.class)
    void resetRunsFinallyWithin100Milliseconds(Entry entry) throws Exception {
        int connections = 10;
        int each = 100;
        long[] ended = new long[connections * each];
        var noticed = new Semaphore(0);
        SseRoute route = Flosse.stream((request, sink) -> {
                    int n = Integer.parseInt(request.query("n").orElseThrow());
                    try {
                        sink.yield("hello");
                        new CountDownLatch(1).await();
                    } finally {
                        ended[n] = System.nanoTime();
                        noticed.release();
                    }
                })
                .heartbeat(Duration.ZERO);
        long[] took = new long[connections * each];
        try (TestServer server = serve(entry, route);
                AllLogs logs = new AllLogs()) {
            for (int c = 0; c < connections; c++) {
                try (Http2Client client = Http2Client.open(entry, server.port(), "/sse?n=" + c * each)) {
                    List<Integer> ids = new ArrayList<>();
                    for (int n = 0; n < each; n++) {
                        boolean first = entry == Entry.UPGRADE && n == 0;
                        ids.add(first ? 1 : client.get("/sse?n=" + (c * each + n)));
                    }
                    ids.forEach(id -> client.awaitBody(id, "hello"));
                    for (int n = 0; n < each; n++) {
                        int index = c * each + n;
                        took[index] = -System.nanoTime();
                        client.reset(ids.get(n));
                        assertThat(noticed.tryAcquire(TestServer.TIMEOUT_SECONDS, SECONDS))
                                .isTrue();
                        took[index] += ended[index];
                        assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                    }
                    assertThat(client.violations()).isEmpty();
                    assertThat(client.isClosed()).isFalse();
                }
            }
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
        Arrays.sort(took);
        long p99 = took[took.length * 99 / 100];
        System.out.printf(
                "HTTP/2: reset to finally, %s, %d streams: p50 %d us, p99 %d us, max %d us%n",
                entry, took.length, took[took.length / 2] / 1_000, p99 / 1_000, took[took.length - 1] / 1_000);
        assertThat(Duration.ofNanos(p99)).isLessThan(Duration.ofMillis(100));
    }

    private static void assertDisconnectEndsAllGenerators(Entry entry, Consumer<Http2Client> leaves) {
        int streams = 20;
        try (TestServer server = serve(entry, blocked());
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.open(entry, server.port(), "/sse")) {
            for (int n = 0; n < streams; n++) {
                int id = entry == Entry.UPGRADE && n == 0 ? 1 : client.get("/sse");
                client.awaitBody(id, "hello");
            }
            long began = System.nanoTime();

            leaves.accept(client);

            for (int n = 0; n < streams; n++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            System.out.printf(
                    "HTTP/2: %d generators of a connection ended after %d ms%n",
                    streams, (System.nanoTime() - began) / 1_000_000);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Entry.class)
    void goAwayEndsAllGeneratorsOfTheConnection(Entry entry) {
        assertDisconnectEndsAllGenerators(entry, Http2Client::sendGoAway);
    }

    @ParameterizedTest
    @EnumSource(Entry.class)
    void closedConnectionEndsAllItsGenerators(Entry entry) {
        assertDisconnectEndsAllGenerators(entry, Http2Client::close);
    }

    @ParameterizedTest
    @EnumSource(Entry.class)
    void abortedConnectionEndsAllItsGenerators(Entry entry) {
        assertDisconnectEndsAllGenerators(entry, Http2Client::abort);
    }

    /** A frame that is not allowed on stream 0 makes Helidon end the connection. */
    @Test
    void protocolErrorOfClientEndsAllGeneratorsOfTheConnection() {
        assertDisconnectEndsAllGenerators(Entry.PRIOR_KNOWLEDGE, client -> client.openWindow(0, 0));
    }

    @Test
    void resetBeforeTheGeneratorStartsPreventsItsStart() {
        var gate = new CountDownLatch(1);
        var atTheGate = new CountDownLatch(1);
        var ran = new AtomicInteger();
        Permission slow = request -> {
            atTheGate.countDown();
            try {
                return gate.await(TestServer.TIMEOUT_SECONDS, SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        SseRoute route = Flosse.stream((request, sink) -> ran.incrementAndGet()).permissions(slow);
        var handlerEnded = new CountDownLatch(1);
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter((chain, request, response) -> {
                            try {
                                chain.proceed();
                            } finally {
                                handlerEnded.countDown();
                            }
                        }))
                        .get("/sse", route)
                        .start();
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            int id = client.get("/sse");
            assertThat(atTheGate.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();
            client.reset(id);
            client.awaitPong();

            gate.countDown();

            assertThat(handlerEnded.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();
            client.awaitPong();
            assertThat(ran).hasValue(0);
            assertThat(client.violations()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Helidon treats the reset of a forgotten stream as a connection error if there are newer streams. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void lateResetOfEndedStreamDoesNotAffectOtherStreams(boolean twice) {
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    if (request.query("short").isEmpty()) {
                        new CountDownLatch(1).await();
                    }
                })
                .heartbeat(Duration.ZERO);
        try (TestServer server = serve(Entry.PRIOR_KNOWLEDGE, route);
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            List<Integer> ended = new ArrayList<>();
            for (int n = 0; n < 10; n++) {
                ended.add(client.get("/sse?short=1"));
            }
            int stays = client.get("/sse");
            client.awaitBody(stays, "hello");
            ended.forEach(client::awaitEnd);
            client.get("/sse"); // makes Helidon forget the ended streams

            ended.forEach(client::reset);
            if (twice) {
                ended.forEach(client::reset);
            }

            client.awaitPong();
            int next = client.get("/sse?short=1");
            assertThat(client.awaitEnd(next)).contains("hello");
            assertThat(client.violations()).isEmpty();
            Deadlines.await(() -> server.feature().streams().size() == 2, "the removal of the ended streams");
        }
    }
}
