package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamInfo;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams whose events are written by delivery workers end like any other stream, however slow their clients are. */
class DelegatedDeliveryEndTest {

    private final Channels channels = Channels.inMemory();
    private final Channel channel = channels.channel("news").withOverflow(Overflow.DROP_OLDEST);
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : open.reversed()) {
            resource.close();
        }
        channels.close();
    }

    private TestServer start(TestServer.Setup setup) {
        TestServer server = setup.start();
        open.add(server);
        return server;
    }

    private void awaitSubscribers(int count) {
        Deadlines.await(() -> channel.subscribers() >= count, count + " subscribers");
    }

    private void read(RawConnection connection, int bytes, int pauseMillis) {
        open.add(connection);
        Thread.startVirtualThread(() -> {
            try {
                while (connection.readSome(bytes) > 0) {
                    Thread.sleep(pauseMillis);
                }
            } catch (Exception | AssertionError e) {
                // Closed.
            }
        });
    }

    @Test
    void slowClientIsEndedAtMaxDuration() throws Exception {
        TestServer server = start(TestServer.on(SocketType.PLAIN)
                .get("/slow", Flosse.subscribe(channel.withBuffer(8)).maxDuration(Duration.ofSeconds(2)))
                .get("/others", Flosse.subscribe(channel)));
        for (int i = 0; i < 4; i++) {
            read(server.get("/others"), 1 << 20, 0);
        }
        read(
                RawConnection.open(SocketType.PLAIN, server.port(), 65_536)
                        .get("/slow")
                        .awaitText("\r\n\r\n"),
                16_384,
                6);
        awaitSubscribers(5);
        AtomicBoolean stop = new AtomicBoolean();
        Thread publisher = Thread.startVirtualThread(() -> {
            while (!stop.get()) {
                channel.publish(SseEvent.of("x".repeat(200_000)));
                LockSupport.parkNanos(20_000_000);
            }
        });

        StreamInfo ended = server.awaitEnded();

        stop.set(true);
        publisher.join();
        assertThat(ended.cause()).contains(EndCause.MAX_DURATION);
    }

    @Test
    void serverStopEndsStreamsWhoseDeliveryWorkerIsBlocked() throws Exception {
        TestServer server = start(TestServer.on(SocketType.PLAIN).get("/news", Flosse.subscribe(channel)));
        for (int i = 0; i < 6; i++) {
            RawConnection stuck = RawConnection.open(SocketType.PLAIN, server.port(), 8_192)
                    .get("/news")
                    .awaitText("\r\n\r\n");
            open.add(stuck);
        }
        awaitSubscribers(6);
        for (int i = 0; i < 32; i++) {
            channel.publish(SseEvent.of("x".repeat(512 * 1024)));
        }
        Deadlines.await(
                () -> server.feature().streams().stream().allMatch(stream -> stream.bytes() > 0),
                "bytes written to every stream");

        server.server().stop();

        Deadlines.await(() -> server.feature().streams().isEmpty(), "the end of all streams");
    }

    @Test
    void http2ClientsWithoutWindowDoNotDelayOthers() throws Exception {
        TestServer server = start(TestServer.on(SocketType.PLAIN)
                .get("/news", Flosse.subscribe(channel).writeTimeout(Duration.ofMinutes(5))));
        for (int i = 0; i < 4; i++) {
            RawHttp2 stuck = RawHttp2.getWithSmallWindow(server.port(), "/news");
            open.add(stuck);
            stuck.status();
        }
        List<RawConnection> healthy = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            RawConnection connection = server.get("/news");
            open.add(connection);
            healthy.add(connection);
        }
        awaitSubscribers(10);

        for (int i = 0; i < 3; i++) {
            channel.publish(SseEvent.of("x".repeat(40 * 1024)));
        }
        channel.publish(SseEvent.of("last"));

        for (RawConnection connection : healthy) {
            connection.awaitText("last\n\n");
        }
        assertThat(server.feature().streams())
                .as("open streams, including those without a window")
                .hasSize(10);
    }
}
