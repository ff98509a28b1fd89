package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.Yield;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.SocketType;
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

/** Streams share their buffers, so nobody may keep one, not even where Helidon writes later what it was given. */
class SharedBuffersTest {

    private static final int STREAMS = 50;
    private static final int EVENTS = 300;

    private interface Client {
        String get(int port, String path) throws Exception;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void clientsOfHttp1GetWhatIsTheirs(int writeQueueLength) throws Exception {
        check(writeQueueLength, (port, path) -> {
            try (InputStream body =
                    URI.create("http://127.0.0.1:" + port + path).toURL().openStream()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void clientsOfHttp2GetWhatIsTheirs(int writeQueueLength) throws Exception {
        check(writeQueueLength, (port, path) -> {
            try (RawHttp2 connection = RawHttp2.get(port, path)) {
                return connection.body();
            }
        });
    }

    private static void check(int writeQueueLength, Client client) throws Exception {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                .settings(listener -> listener.writeQueueLength(writeQueueLength))
                .get(
                        "/mine/{whose}",
                        Flosse.stream((request, sink) ->
                                        generate(request.pathParameter("whose").orElseThrow(), sink))
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
                String whose = String.valueOf(i);
                assertThat(bodies.get(i)
                                .get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)
                                .lines()
                                .filter(line -> line.startsWith("data: ") && !line.equals("data: {}")))
                        .containsExactlyElementsOf(IntStream.range(0, EVENTS)
                                .mapToObj(event -> "data: " + event(whose, event))
                                .toList());
            }
        }
    }

    private static void generate(String whose, Yield sink) throws InterruptedException {
        for (int i = 0; i < EVENTS; i++) {
            sink.yield(event(whose, i));
            if (i % 3 == 0) {
                Thread.sleep(1); // so some leave alone, and some together
            }
        }
    }

    private static String event(String whose, int number) {
        return whose + " " + number + " " + "x".repeat(number % 50);
    }
}
