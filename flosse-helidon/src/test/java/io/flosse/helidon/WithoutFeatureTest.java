package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.DirectClient;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Servers without {@link FlosseFeature}, and routing tests: their streams share one scheduler, whose thread ends with them. */
class WithoutFeatureTest {

    private static final int STREAMS = 30;

    private final SseRoute route = Flosse.stream((request, sink) -> {
        sink.yield("hello");
        sink.sleep(Duration.ofMillis(1));
        new CountDownLatch(1).await();
    });

    private static long schedulerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("flosse-ticker"))
                .count();
    }

    private static void awaitNoSchedulerThread() {
        Deadlines.await(() -> schedulerThreads() == 0, "the scheduler threads of other servers to end");
    }

    @Test
    void routeCreatedPerRequestStartsNoThreadPerRequest() {
        awaitNoSchedulerThread();
        WebServer server = WebServer.builder()
                .address(InetAddress.getLoopbackAddress())
                .port(0)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .routing(HttpRouting.builder()
                        .get(
                                "/option",
                                (request, response) ->
                                        route.heartbeat(Duration.ofSeconds(7)).handle(request, response))
                        .get(
                                "/route",
                                (request, response) -> Flosse.stream((sse, sink) -> {
                                            sink.yield("hello");
                                            new CountDownLatch(1).await();
                                        })
                                        .handle(request, response)))
                .build()
                .start();
        List<RawConnection> clients = new ArrayList<>();
        try {
            for (int i = 0; i < STREAMS; i++) {
                for (String path : List.of("/option", "/route")) {
                    clients.add(RawConnection.open(SocketType.PLAIN, server.port(), 0)
                            .get(path)
                            .awaitText("hello\n\n"));
                }
            }
            assertThat(schedulerThreads()).isEqualTo(1);
        } finally {
            clients.forEach(RawConnection::close);
            server.stop();
        }
        awaitNoSchedulerThread();
    }

    @Test
    void routingTestStartsNoThreadPerStream() {
        awaitNoSchedulerThread();
        DirectClient client = new DirectClient(HttpRouting.builder()
                .get(
                        "/sse",
                        (request, response) -> Flosse.stream((sse, sink) -> sink.yield("hello"))
                                .heartbeat(Duration.ofSeconds(7))
                                .handle(request, response)));
        try {
            for (int i = 0; i < STREAMS; i++) {
                assertThat(client.get("/sse").requestEntity(String.class)).contains("data: hello\n\n");
            }
            assertThat(schedulerThreads()).isEqualTo(1);
        } finally {
            client.close();
        }
        awaitNoSchedulerThread();
    }
}
