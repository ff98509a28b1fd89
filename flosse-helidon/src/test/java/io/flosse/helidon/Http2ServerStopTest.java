package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams of HTTP/2 connections when their server stops without a drain. */
class Http2ServerStopTest {

    private static final int STREAMS = 30;

    /** Long enough for a slow machine to send the last frames. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private static final SseRoute QUIET = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                new CountDownLatch(1).await();
            })
            .heartbeat(Duration.ZERO);

    private static final SseRoute BUSY = Flosse.stream((request, sink) -> {
        for (int n = 0; ; n++) {
            sink.yield(n);
            LockSupport.parkNanos(1_000_000);
        }
    });

    private static TestServer serve(Entry entry) {
        return TestServer.on(entry == Entry.ALPN ? SocketType.TLS : SocketType.PLAIN)
                .get("/quiet", QUIET)
                .get("/busy", BUSY)
                .settings(settings -> settings.shutdownGracePeriod(GRACE))
                .start();
    }

    /** Not after an upgrade from HTTP/1.1: Helidon interrupts such a connection before the last frames can be written. */
    @ParameterizedTest
    @EnumSource(value = Entry.class, mode = EnumSource.Mode.EXCLUDE, names = "UPGRADE")
    void everyStreamGetsLastRetryAndCleanEnd(Entry entry) throws Exception {
        try (TestServer server = serve(entry);
                Http2Client client = Http2Client.open(entry, server.port());
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Integer> quiet = new ArrayList<>();
            List<Integer> busy = new ArrayList<>();
            for (int n = 0; n < STREAMS; n++) {
                quiet.add(client.get("/quiet"));
                busy.add(client.get("/busy"));
            }
            quiet.forEach(id -> client.awaitBody(id, "hello"));
            busy.forEach(id -> client.awaitBody(id, "data: 20\n\n"));
            long began = System.nanoTime();

            Future<?> stop = executor.submit(() -> server.server().stop());

            for (int id : quiet) {
                assertThat(client.awaitEnd(id)).matches("data: hello\n\nretry: \\d+\n\n");
            }
            for (int id : busy) {
                String body = client.awaitEnd(id);
                assertThat(body).matches("(?s).*\nretry: \\d+\n\n");
                assertThat(body.lines().filter(line -> line.startsWith("data: ")))
                        .containsExactlyElementsOf(numbers(body));
            }
            long lastFrames = System.nanoTime() - began;
            stop.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            System.out.printf(
                    "HTTP/2: server.stop() alone, %s: the last of %d streams ended after %d ms, the server after %d ms%n",
                    entry, 2 * STREAMS, lastFrames / 1_000_000, (System.nanoTime() - began) / 1_000_000);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(GRACE.dividedBy(2));
            client.awaitClosed();
            assertThat(client.violations()).isEmpty();
            for (int n = 0; n < 2 * STREAMS; n++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            }
        }
    }

    private static List<String> numbers(String body) {
        List<String> numbers = new ArrayList<>();
        long events = body.lines().filter(line -> line.startsWith("data: ")).count();
        for (int n = 0; n < events; n++) {
            numbers.add("data: " + n);
        }
        return numbers;
    }

    @Test
    void idleConnectionDoesNotDelayTheStop() {
        TestServer server = serve(Entry.PRIOR_KNOWLEDGE);
        try (Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port())) {
            int id = client.get("/quiet");
            client.awaitBody(id, "hello");
            client.reset(id);
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            Deadlines.await(() -> server.feature().streams().isEmpty(), "the end of the stream");
            long began = System.nanoTime();

            server.close();

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(GRACE.dividedBy(2));
            client.awaitClosed();
        }
    }

    @Test
    void newStreamIsRefusedWhileTheServerStops() throws Exception {
        var ends = new CountDownLatch(1);
        SseRoute slow = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            while (ends.getCount() > 0) {
                try {
                    ends.await();
                } catch (InterruptedException e) {
                    // Continues until released.
                }
            }
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/slow", slow)
                        .get("/quiet", QUIET)
                        .settings(settings -> settings.shutdownGracePeriod(GRACE))
                        .start();
                Http2Client client = Http2Client.open(Entry.PRIOR_KNOWLEDGE, server.port());
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            int id = client.get("/slow");
            client.awaitBody(id, "hello");
            Future<?> stop = executor.submit(() -> server.server().stop());
            client.awaitBody(id, "retry: ");

            int next = client.get("/quiet");

            Deadlines.await(
                    () -> client.awaitStatus(next) == 503
                            || client.awaitEnd(next).contains("retry: "),
                    "the refusal or the end of the new stream");
            ends.countDown();
            assertThat(client.awaitEnd(id)).contains("retry: ");
            stop.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            client.awaitClosed();
        }
    }
}
