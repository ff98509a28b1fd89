package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.Http2Connections;
import io.helidon.webserver.http2.Http2Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A client that opens thousands of streams on one HTTP/2 connection and resets them immediately. */
class Http2FloodTest {

    private static final int STREAMS = 4_000;

    /** Number of running generators, and its maximum. */
    private final AtomicInteger running = new AtomicInteger();

    private final AtomicInteger most = new AtomicInteger();

    private final AtomicInteger handlers = new AtomicInteger();
    private final Semaphore handled = new Semaphore(0);

    /** Streams of the connection that flosse still remembers. */
    private volatile Map<?, ?> remembered = Map.of();

    private SseRoute blocked() {
        return Flosse.stream((request, sink) -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    try {
                        sink.yield("hello");
                        new CountDownLatch(1).await();
                    } finally {
                        running.decrementAndGet();
                    }
                })
                .heartbeat(Duration.ZERO);
    }

    /** Starts a server that counts its handlers; Helidon's own limit on resets is off. */
    private TestServer serve(int maxResetsPerSecond) {
        return TestServer.on(SocketType.PLAIN)
                .routing(routing -> routing.addFilter((chain, request, response) -> {
                            handlers.incrementAndGet();
                            remembered = Http2Connections.streams(request);
                            try {
                                chain.proceed();
                            } finally {
                                handlers.decrementAndGet();
                                handled.release();
                            }
                        })
                        .get("/plain", (request, response) -> response.send("plain")))
                .get("/sse", blocked())
                .feature(feature -> feature.maxResetsPerSecond(maxResetsPerSecond))
                .settings(settings -> settings.addProtocol(
                        Http2Config.builder().maxRapidResets(-1).build()))
                .start();
    }

    private void assertNothingLeft(TestServer server, Http2Client client) throws InterruptedException {
        client.awaitPong();
        assertThat(handled.tryAcquire(STREAMS, TestServer.TIMEOUT_SECONDS, SECONDS))
                .as("all handlers ended in time")
                .isTrue();
        assertThat(handlers).hasValue(0);
        assertThat(running).hasValue(0);
        assertThat(server.feature().streams()).isEmpty();
        Deadlines.await(() -> remembered.isEmpty(), "the removal of ended streams");
        int next = client.get("/sse");
        assertThat(client.awaitBody(next, "hello")).isNotEmpty();
    }

    @Test
    void streamsResetBeforeResponseHeadersLeakNothing() throws InterruptedException {
        try (TestServer server = serve(0);
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            for (int n = 0; n < STREAMS; n++) {
                client.getAndReset("/sse");
            }

            assertNothingLeft(server, client);
            System.out.printf("HTTP/2: of %d streams reset before their head ran at once: %d%n", STREAMS, most.get());
            assertThat(most.get()).isLessThanOrEqualTo(100);
            assertThat(client.violations()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void streamsResetAfterResponseHeadersLeakNothing() throws InterruptedException {
        int batch = 100;
        try (TestServer server = serve(0);
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            for (int n = 0; n < STREAMS; n += batch) {
                List<Integer> ids = new ArrayList<>();
                for (int i = 0; i < batch; i++) {
                    ids.add(client.get("/sse"));
                }
                ids.forEach(id -> client.awaitBody(id, "hello"));
                ids.forEach(client::reset);
                Deadlines.await(() -> handlers.get() == 0, "the handlers of a batch to end");
            }

            assertNothingLeft(server, client);
            assertThat(most).hasValue(batch);
            assertThat(client.violations()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void resetStreamsOfOtherRoutesLeakNothing() throws InterruptedException {
        try (TestServer server = serve(0);
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            for (int n = 0; n < STREAMS; n++) {
                client.getAndReset("/plain");
            }

            assertNothingLeft(server, client);
        }
    }

    @Test
    void maxStreamsPerConnectionIsNeverExceeded() {
        int streams = 400;
        try (TestServer server = serve(0);
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            List<Integer> ids = new ArrayList<>();
            for (int n = 0; n < streams; n++) {
                ids.add(client.get("/sse"));
            }
            long open = ids.stream().filter(id -> client.awaitStatus(id) == 200).count();

            assertThat(open).isEqualTo(100);
            assertThat(ids.stream().filter(id -> client.awaitStatus(id) == 503)).hasSize(streams - 100);
            Deadlines.await(() -> most.get() == 100, "all generators to run");
        }
    }

    @Test
    void tooManyResetsPerSecondEndTheConnection() {
        try (TestServer server = serve(200);
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port());
                Http2Client other = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            int stays = client.get("/sse");
            client.awaitBody(stays, "hello");
            for (int n = 0; n < STREAMS && !client.isClosed(); n++) {
                client.getAndReset("/sse");
            }

            assertThat(client.awaitGoAway()).isEqualTo(Http2Client.ENHANCE_YOUR_CALM);
            client.awaitClosed();
            Deadlines.await(() -> running.get() == 0, "the generators of the connection to end");
            assertThat(other.awaitBody(other.get("/sse"), "hello")).isNotEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void allowedNumberOfResetsEndsNothing() {
        try (TestServer server = serve(200);
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            for (int n = 0; n < 200; n++) {
                client.getAndReset("/plain");
            }

            client.awaitPong();
            assertThat(client.awaitBody(client.get("/sse"), "hello")).isNotEmpty();
        }
    }
}
