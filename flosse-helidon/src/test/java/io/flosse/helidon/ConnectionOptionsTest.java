package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Helidon's timeouts apply to incoming requests and must not end an open stream. */
class ConnectionOptionsTest {

    @ParameterizedTest
    @EnumSource
    void helidonTimeoutsDoNotEndIdleStream(SocketType socketType) {
        var goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    Thread.sleep(2_500);
                    sink.yield("still here");
                    goOn.await();
                })
                .heartbeat(Duration.ZERO);
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", route)
                        .settings(settings -> settings.idleConnectionTimeout(Duration.ofMillis(500))
                                .idleConnectionPeriod(Duration.ofMillis(100))
                                .connectionOptions(
                                        options -> options.tcpNoDelay(true).readTimeout(Duration.ofMillis(500))))
                        .start();
                RawConnection client = server.get("/sse").awaitText("data: still here\n\n")) {
            goOn.countDown();

            assertThat(client.awaitEnd().isComplete()).isTrue();
        }
    }
}
