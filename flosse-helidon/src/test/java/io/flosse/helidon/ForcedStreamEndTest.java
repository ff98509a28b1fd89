package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.Generator;
import io.flosse.StreamEndedException;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.stream.StreamTimers;
import io.flosse.permission.Permission;
import java.time.Duration;
import java.time.Instant;
import java.util.LongSummaryStatistics;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Streams that the server ends (maximum duration, expired identity, recheck, revocation): no frame is cut and the client may
 * reconnect.
 */
class ForcedStreamEndTest {

    /** Exceptions that the generators got, one per stream. */
    private final BlockingQueue<Throwable> seen = new LinkedBlockingQueue<>();

    private final Generator waits = (request, sink) -> {
        sink.yield("hello");
        try {
            new CountDownLatch(1).await();
        } finally {
            try {
                sink.yield("too late");
            } catch (RuntimeException e) {
                seen.add(e);
            }
        }
    };

    private static Authenticator ann(Optional<Duration> validity) {
        return request -> Optional.of(
                validity.map(it -> Identity.of("ann").withExpiry(Instant.now().plus(it)))
                        .orElse(Identity.of("ann")));
    }

    private void assertEnds(TestServer server, RawConnection client, EndCause why) throws InterruptedException {
        client.awaitEnd();
        assertThat(client.isComplete()).isTrue();
        assertThat(client.body()).isEqualTo(":\ndata: hello\n\n");
        assertThat(seen.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(StreamEndedException.class)
                .hasMessageContaining(why.name());
        assertThat(server.awaitCause()).isEqualTo(why);
        assertThat(server.feature().streams()).allMatch(open -> open.cause().isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void streamEndsAtMaxDuration(SocketType socketType) throws Exception {
        SseRoute route = Flosse.stream(waits).maxDuration(Duration.ofMillis(300));
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse")) {
            assertEnds(server, client, EndCause.MAX_DURATION);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void maxDurationIsShortenedByUpToTenPercent() {
        Duration hour = Duration.ofHours(1);

        LongSummaryStatistics seconds = LongStream.generate(() -> StreamTimers.jittered(hour))
                .limit(10_000)
                .map(nanos -> Duration.ofNanos(nanos).toSeconds())
                .summaryStatistics();

        System.out.printf("maxDuration of 3600 s: %s%n", seconds);
        assertThat(seconds.getMin()).isBetween(3_240L, 3_250L);
        assertThat(seconds.getMax()).isBetween(3_590L, 3_600L);
        assertThat(seconds.getAverage()).isBetween(3_400.0, 3_440.0);
    }

    @Test
    void streamsOpenedTogetherDoNotEndTogether() {
        SseRoute route = Flosse.stream((request, sink) -> new CountDownLatch(1).await());
        int streams = 50;
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .get("/sse", route)
                .feature(feature -> feature.maxDuration(Duration.ofSeconds(1)))
                .start()) {
            for (int i = 0; i < streams; i++) {
                server.get("/sse");
            }
            var ages = new LongSummaryStatistics();
            for (int i = 0; i < streams; i++) {
                ages.accept(server.awaitEnded().age().toMillis());
            }
            System.out.printf(
                    "maxDuration of 1000 ms, %d streams: %d to %d ms%n", streams, ages.getMin(), ages.getMax());
            assertThat(ages.getMin()).isGreaterThanOrEqualTo(900);
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamEndsWhenIdentityExpires(SocketType socketType) throws Exception {
        SseRoute route = Flosse.stream(waits).authenticators(ann(Optional.of(Duration.ofMillis(1_500))));
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertEnds(server, client, EndCause.EXPIRED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamEndsWhenRecheckDenies(SocketType socketType) throws Exception {
        var asked = new AtomicInteger();
        SseRoute route = Flosse.stream(waits)
                .permissions(request -> asked.incrementAndGet() <= 3)
                .recheck(Duration.ofMillis(50));
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertEnds(server, client, EndCause.REVOKED);
            assertThat(asked).hasValue(4);
        }
    }

    @Test
    void streamEndsWhenRecheckThrowsException() throws Exception {
        assertRecheckFails(request -> {
            throw new IllegalStateException("no database");
        });
    }

    @Test
    void streamEndsWhenRecheckThrowsError() throws Exception {
        assertRecheckFails(request -> {
            throw new NoClassDefFoundError("Database");
        });
    }

    private void assertRecheckFails(Permission failing) throws InterruptedException {
        var asked = new AtomicInteger();
        SseRoute route = Flosse.stream(waits)
                .permissions(request -> asked.getAndIncrement() == 0 || failing.hasPermission(request))
                .recheck(Duration.ofMillis(50));
        try (LogCapture logs = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertEnds(server, client, EndCause.REVOKED);
            assertThat(logs.errors()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void revokeEndsStreamsOfTheNamedIdentity(SocketType socketType) throws Exception {
        SseRoute hers = Flosse.stream(waits).authenticators(ann(Optional.empty()));
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", hers)
                        .get("/anonymous", Flosse.stream(waits))
                        .start();
                RawConnection client = server.get("/sse").awaitText("hello\n\n");
                RawConnection other = server.get("/anonymous").awaitText("hello\n\n")) {
            assertThat(server.feature().revoke(identity -> identity.name().equals("bob")))
                    .isZero();
            assertThat(server.feature().revoke(identity -> identity.name().equals("ann")))
                    .isEqualTo(1);

            assertEnds(server, client, EndCause.REVOKED);
            assertThat(server.feature().streams()).hasSize(1);
            other.fin();
        }
    }

    /** The generator holds the write lock except for microseconds between two events. */
    @ParameterizedTest
    @EnumSource
    void revokeEndsBusyStreamOfSlowClient(SocketType socketType) throws Exception {
        String event = "x".repeat(32 * 1024);
        SseRoute route = Flosse.stream((request, sink) -> {
                    while (true) {
                        sink.yield(event);
                    }
                })
                .authenticators(ann(Optional.empty()));
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", route)
                        .settings(settings -> settings.connectionOptions(
                                options -> options.tcpNoDelay(true).socketSendBufferSize(16 * 1024)))
                        .start();
                RawConnection client =
                        RawConnection.open(socketType, server.port(), 8192).get("/sse")) {
            readSlowly(client, 300_000);

            server.feature().revoke(identity -> true);
            int more = readSlowly(client, Integer.MAX_VALUE);

            System.out.printf("Revoke of a busy stream, %s: %d bytes came after it%n", socketType, more);
            assertThat(server.awaitCause()).isEqualTo(EndCause.REVOKED);
            assertThat(client.isComplete()).isTrue();
            assertThat(client.body()).endsWith("x\n\n");
            // The socket buffers and one or two events.
            assertThat(more).isLessThan(512 * 1024);
        }
    }

    /** Reads more slowly than the generator writes, so that the generator is nearly always blocked in a write. */
    private static int readSlowly(RawConnection client, int max) {
        int read = 0;
        for (int count = 0; count >= 0 && read < max; count = client.readSome(4096)) {
            read += count;
            LockSupport.parkNanos(1_000_000);
        }
        return read;
    }
}
