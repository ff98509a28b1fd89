package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A slow but live client: it reads 1 KB/s of events of 64 KB, so it takes 30 KB within the write timeout of 30 s. The test runs
 * ten times as fast.
 */
class SlowReaderTest {

    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(3);
    private static final int BYTES_PER_SECOND = 10 * 1024;
    private static final int PIECE = 512;
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(7);

    @ParameterizedTest
    @EnumSource
    void slowClientThatMakesProgressIsNotDisconnected(SocketType socketType) throws Exception {
        String event = "x".repeat(64 * 1024);
        var yielded = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> {
                    while (true) {
                        sink.yield(event);
                        yielded.incrementAndGet();
                    }
                })
                .writeTimeout(WRITE_TIMEOUT);
        TestServer.Setup setup = TestServer.on(socketType).get("/sse", route);
        if (socketType == SocketType.TLS) {
            // On TLS a large kernel buffer hides the progress of a slow client for minutes.
            setup.settings(settings -> settings.connectionOptions(
                    options -> options.tcpNoDelay(true).socketSendBufferSize(16 * 1024)));
        }
        try (TestServer server = setup.start();
                RawConnection client =
                        RawConnection.open(socketType, server.port(), 4096).get("/sse")) {
            long began = System.nanoTime();
            int read = 0;
            for (long now = began; now - began < LONG_ENOUGH.toNanos(); now = System.nanoTime()) {
                long due = (now - began) * BYTES_PER_SECOND / 1_000_000_000 - read;
                if (due < PIECE) {
                    Thread.sleep(10);
                } else {
                    int count = client.readSome(PIECE);
                    assertThat(count)
                            .as("bytes read after the first %d bytes", read)
                            .isPositive();
                    read += count;
                }
            }
            System.out.printf(
                    "Slow reader, %s: took %d bytes in %d s, of %d events yielded; write timeout %s%n",
                    socketType, read, LONG_ENOUGH.toSeconds(), yielded.get(), WRITE_TIMEOUT);
            assertThat(server.feature().streams()).hasSize(1);
            client.reset();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }
}
