package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The limit on open streams: further requests are refused temporarily. */
class MaxStreamsTest {

    private static final SseRoute ROUTE = Flosse.stream((request, sink) -> new CountDownLatch(1).await());

    @Test
    void streamAboveTheLimitIsTemporarilyRefused() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", ROUTE)
                        .get("/status", ROUTE.refuseWithStatus())
                        .feature(feature -> feature.maxStreams(2))
                        .start();
                RawConnection first = server.get("/sse");
                RawConnection second = server.get("/sse")) {
            assertThat(second.status()).isEqualTo(200);

            try (RawConnection browser = server.get("/sse", "Accept: text/event-stream")) {
                browser.awaitText(": Too many streams\n\n");
                assertThat(browser.status()).isEqualTo(200);
                assertThat(browser.text())
                        .containsIgnoringCase("content-type: text/event-stream; charset=utf-8\r\n")
                        .containsPattern("\r\n\r\nretry: (5|6|7)\\d\\d\\d\n: Too many streams\n\n$");
            }
            try (RawConnection other = server.get("/sse")) {
                assertThat(other.status()).isEqualTo(503);
                assertThat(other.text()).containsIgnoringCase("\r\nretry-after: 5\r\n");
            }
            try (RawConnection forced = server.get("/status", "Accept: text/event-stream")) {
                assertThat(forced.status()).isEqualTo(503);
            }
            assertThat(server.feature().streams()).hasSize(2);

            first.fin();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            try (RawConnection next = server.get("/sse")) {
                assertThat(next.status()).isEqualTo(200);
            }
        }
    }

    @Test
    void limitHoldsForConcurrentRequests() throws Exception {
        int bound = 20;
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", ROUTE)
                        .feature(feature -> feature.maxStreams(bound))
                        .start();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<RawConnection>> clients = new ArrayList<>();
            for (int i = 0; i < 5 * bound; i++) {
                clients.add(executor.submit(() -> server.get("/sse")));
            }
            int open = 0;
            for (Future<RawConnection> client : clients) {
                int status = client.get().status();
                assertThat(status).isIn(200, 503);
                open += status == 200 ? 1 : 0;
            }
            assertThat(open).isEqualTo(bound);
            assertThat(server.feature().streams()).hasSize(bound);
            for (Future<RawConnection> client : clients) {
                client.get().fin();
            }
            for (int i = 0; i < bound; i++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            assertThat(server.feature().streams()).isEmpty();
        }
    }
}
