package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Connections that send no complete request head. flosse sees nothing of them, and Helidon's idle timeout does not end
 * them. Helidon's {@code max-tcp-connections} bounds their number.
 */
class SlowHeadTest {

    private static final String HALF_A_HEAD = "GET /hello HTTP/1.1\r\nHost: h\r\nX-Slow: ";

    @Test
    void maxTcpConnectionsBoundsConnectionsWithoutACompleteHead() throws Exception {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.get("/hello", (request, response) -> response.send("hello")))
                        .settings(listener -> listener.maxTcpConnections(3)
                                .idleConnectionTimeout(Duration.ofMillis(100))
                                .idleConnectionPeriod(Duration.ofMillis(50)))
                        .start();
                RawConnection silent = server.connect();
                RawConnection half = server.connect().write(HALF_A_HEAD);
                RawConnection slow = server.connect().write(HALF_A_HEAD);
                RawConnection waiting = server.connect().get("/hello", "Connection: close")) {
            CountDownLatch served = new CountDownLatch(1);
            Thread.startVirtualThread(() -> {
                waiting.awaitText("hello");
                served.countDown();
            });
            for (int character = 0; character < 10; character++) {
                assertThat(served.await(50, TimeUnit.MILLISECONDS)).isFalse();
                slow.write("x");
            }
            half.close();
            assertThat(served.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            // The idle timeout has passed several times, and the other two are still open.
            assertThat(silent.get("/hello").awaitText("\r\n\r\nhello").status()).isEqualTo(200);
            assertThat(slow.write("\r\n\r\n").awaitText("\r\n\r\nhello").status())
                    .isEqualTo(200);
        }
    }
}
