package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.Yield;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams share their buffers, so no stream may keep one, even if Helidon writes the bytes later. */
class SharedBuffersTest {

    private static final int STREAMS = 50;
    private static final int EVENTS = 300;

    private interface Client {
        String get(int port, String path) throws Exception;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void http1ClientsGetOnlyTheirOwnEvents(int writeQueueLength) throws Exception {
        assertClientsGetOnlyTheirOwnEvents(writeQueueLength, (port, path) -> {
            try (InputStream body =
                    URI.create("http://127.0.0.1:" + port + path).toURL().openStream()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void http2ClientsGetOnlyTheirOwnEvents(int writeQueueLength) throws Exception {
        assertClientsGetOnlyTheirOwnEvents(writeQueueLength, (port, path) -> {
            try (RawHttp2 connection = RawHttp2.get(port, path)) {
                return connection.body();
            }
        });
    }

    private static void assertClientsGetOnlyTheirOwnEvents(int writeQueueLength, Client client) throws Exception {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .settings(listener -> listener.writeQueueLength(writeQueueLength))
                .get(
                        "/mine/{owner}",
                        Flosse.stream((request, sink) ->
                                        generate(request.pathParameter("owner").orElseThrow(), sink))
                                .openOnFirstYield())
                .start()) {
            List<CompletableFuture<String>> bodies = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                String path = "/mine/" + i;
                var body = new CompletableFuture<String>();
                bodies.add(body);
                Thread.startVirtualThread(() -> {
                    try {
                        body.complete(client.get(server.port(), path));
                    } catch (Exception | Error e) {
                        body.completeExceptionally(e);
                    }
                });
            }
            for (int i = 0; i < STREAMS; i++) {
                String owner = String.valueOf(i);
                assertThat(bodies.get(i)
                                .get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)
                                .lines()
                                .filter(line -> line.startsWith("data: ") && !line.equals("data: {}")))
                        .containsExactlyElementsOf(IntStream.range(0, EVENTS)
                                .mapToObj(event -> "data: " + event(owner, event))
                                .toList());
            }
        }
    }

    private static void generate(String owner, Yield sink) throws InterruptedException {
        for (int i = 0; i < EVENTS; i++) {
            sink.yield(event(owner, i));
            if (i % 3 == 0) {
                Thread.sleep(1); // so that some events are sent alone and some in a batch
            }
        }
    }

    private static String event(String owner, int number) {
        return owner + " " + number + " " + "x".repeat(number % 50);
    }
}
