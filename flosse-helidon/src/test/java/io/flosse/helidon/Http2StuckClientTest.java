package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.webserver.WebServerConfig;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * HTTP/2 clients that read nothing: of one stream, because of its flow-control window, or of all streams, because of the socket.
 */
class Http2StuckClientTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final SseRoute FLOOD = Flosse.stream((request, sink) -> {
                String event = "x".repeat(64 * 1024);
                while (true) {
                    sink.yield(event);
                }
            })
            .writeTimeout(TIMEOUT);

    private static final SseRoute TICKS = Flosse.stream((request, sink) -> {
                for (int n = 0; ; n++) {
                    sink.yield(n);
                    LockSupport.parkNanos(10_000_000);
                }
            })
            .writeTimeout(TIMEOUT);

    private static final SseRoute QUIET = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                new CountDownLatch(1).await();
            })
            .heartbeat(Duration.ZERO);

    private final AtomicInteger sent = new AtomicInteger();

    private TestServer serve(Entry entry) {
        return serve(entry, settings -> {});
    }

    private TestServer serve(Entry entry, Consumer<WebServerConfig.Builder> settings) {
        return TestServer.on(entry == Entry.ALPN ? SocketType.TLS : SocketType.PLAIN)
                .routing(routing -> routing.addFilter((chain, request, response) -> {
                    response.whenSent(sent::incrementAndGet);
                    chain.proceed();
                }))
                .get("/flood", FLOOD)
                .get("/ticks", TICKS)
                .get("/quiet", QUIET)
                .settings(settings)
                .start();
    }

    @Test
    void streamWithoutWindowIsResetAfterWriteTimeoutAndOthersContinue() {
        try (TestServer server = serve(Entry.PRIOR_KNOWLEDGE);
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.withSmallWindow(server.port())) {
            int ticks = client.get("/ticks");
            client.openWindow(ticks, 1 << 20);
            int stuck = client.get("/flood");

            StreamInfo ended = server.awaitEnded();

            assertThat(ended.cause()).contains(EndCause.WRITE_TIMEOUT);
            // Its writer would wait up to 15 s for the window, and threads that wait for the writer up to 1 s.
            assertThat(ended.age()).isLessThan(TIMEOUT.plusSeconds(1));
            assertThat(client.awaitReset(stuck)).isEqualTo(Http2Client.CANCEL);
            assertThat(sent).hasValue(1);
            String before = client.body(stuck);
            assertThat(before.length()).isLessThanOrEqualTo(Http2Client.SMALL);
            client.openWindow(stuck, 1 << 20);
            int now = client.body(ticks).lines().toList().size();
            client.awaitBody(ticks, "data: " + (now / 2 + 20) + "\n\n");
            assertThat(client.body(stuck)).isEqualTo(before);
            assertThat(client.violations()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void streamResetWhileWaitingForWindowIsNotWrittenAgain() {
        try (TestServer server = serve(Entry.PRIOR_KNOWLEDGE);
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.withSmallWindow(server.port())) {
            int ticks = client.get("/ticks");
            client.openWindow(ticks, 1 << 20);
            int stuck = client.get("/flood");
            client.awaitBody(stuck, "x".repeat(Http2Client.SMALL - 100));

            client.reset(stuck);

            StreamInfo ended = server.awaitEnded();
            assertThat(ended.cause()).contains(EndCause.CLIENT_GONE);
            String before = client.body(stuck);
            int now = client.body(ticks).lines().toList().size();
            client.awaitBody(ticks, "data: " + (now / 2 + 20) + "\n\n");
            assertThat(client.body(stuck)).isEqualTo(before);
            assertThat(client.violations()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void streamCutByDrainIsReset() {
        try (TestServer server = serve(Entry.PRIOR_KNOWLEDGE);
                Http2Client client = Http2Client.withSmallWindow(server.port())) {
            int stuck = client.get("/flood");
            client.awaitBody(stuck, "x".repeat(Http2Client.SMALL - 100));

            assertThat(server.feature().drain(Duration.ofMillis(300))).isEqualTo(1);

            assertThat(client.awaitReset(stuck)).isEqualTo(Http2Client.CANCEL);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
        }
    }

    /** All streams share the socket of the connection: once it accepts no more bytes, no stream can be written. */
    @ParameterizedTest
    @EnumSource(value = Entry.class, mode = EnumSource.Mode.EXCLUDE, names = "UPGRADE")
    void connectionWithBlockedSocketIsClosedAfterWriteTimeout(Entry entry) {
        assumeTrue(
                entry != Entry.ALPN || HelidonLine.SENT_BY_COMMIT,
                "This test needs a socket whose writes may be interrupted (the JDK's TLS socket is none)");
        try (TestServer server = serve(entry);
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.withSmallSocket(entry, server.port());
                Http2Client other = Http2Client.open(entry, server.port())) {
            int stays = other.get("/ticks");
            client.awaitBody(client.get("/quiet"), "hello");
            client.awaitBody(client.get("/ticks"), "data: 5\n\n");
            client.pause();
            long began = System.nanoTime();
            client.get("/flood");
            client.get("/flood");

            Map<EndCause, Integer> causes = new EnumMap<>(EndCause.class);
            for (int n = 0; n < 4; n++) {
                causes.merge(server.awaitCause(), 1, Integer::sum);
            }

            System.out.printf(
                    "HTTP/2: stuck socket, %s: all 4 streams ended after %d ms, write timeout %d ms: %s%n",
                    entry, (System.nanoTime() - began) / 1_000_000, TIMEOUT.toMillis(), causes);
            assertThat(causes).containsOnlyKeys(EndCause.WRITE_TIMEOUT, EndCause.CLIENT_GONE);
            client.resume();
            client.awaitClosed();
            int now = other.body(stays).lines().toList().size();
            other.awaitBody(stays, "data: " + (now / 2 + 20) + "\n\n");
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Such writes must not be interrupted (ADR 45), so the connection stays open until its client closes it. */
    @Test
    void writersToBlockedJdkTlsSocketAreDetached() {
        try (TestServer server = serve(Entry.ALPN, settings -> {
                    if (HelidonLine.SENT_BY_COMMIT) {
                        settings.useNio(false);
                    }
                });
                AllLogs logs = new AllLogs();
                Http2Client client = Http2Client.withSmallSocket(Entry.ALPN, server.port())) {
            client.awaitBody(client.get("/quiet"), "hello");
            client.awaitBody(client.get("/ticks"), "data: 5\n\n");
            client.pause();
            client.get("/flood");
            client.get("/flood");

            for (int n = 0; n < 3; n++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.WRITE_TIMEOUT);
            }

            assertThat(server.feature().streams()).hasSize(1);
            client.abort();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }
}
