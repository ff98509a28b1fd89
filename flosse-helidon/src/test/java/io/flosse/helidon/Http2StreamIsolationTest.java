package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Failures and disconnects of one stream do not affect the other streams of its HTTP/2 connection, although all of them write.
 */
class Http2StreamIsolationTest {

    private static final int CONNECTIONS = 20;
    private static final int STREAMS = 20;

    /** What happens to a stream, depending on its index in the connection. */
    private enum Fate {
        RESET(10),
        INTERRUPT(3),
        REVOKE(2),
        DEADLINE(2),
        NONE(3);

        private final int streams;

        Fate(int streams) {
            this.streams = streams;
        }

        static Fate of(int stream) {
            int from = 0;
            for (Fate fate : values()) {
                from += fate.streams;
                if (stream < from) {
                    return fate;
                }
            }
            throw new IllegalArgumentException();
        }
    }

    private static final String FILLER = "x".repeat(200);

    private final Map<String, Thread> generators = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();

    /** Yields many numbers in a row, so that most interrupts hit a write. */
    private SseRoute busy() {
        return Flosse.stream((request, sink) -> {
                    String name = request.query("name").orElseThrow();
                    generators.put(name, Thread.currentThread());
                    for (int n = 0; !over.get(); ) {
                        for (int i = 0; i < 20; i++) {
                            sink.yield(n++ + " " + FILLER);
                        }
                        LockSupport.parkNanos(1_000_000);
                    }
                })
                .authenticators(
                        request -> Optional.of(Identity.of(request.query("name").orElseThrow())));
    }

    /** The received events of one stream. */
    private static final class Numbers {

        private final StringBuilder unread = new StringBuilder();
        private int next;
        private boolean inOrder = true;
        private String last = "";

        void add(byte[] data) {
            unread.append(new String(data, StandardCharsets.UTF_8));
            int end;
            while ((end = unread.indexOf("\n\n")) >= 0) {
                String frame = unread.substring(0, end).replaceAll("(?m)^:\n", "");
                unread.delete(0, end + 2);
                if (frame.startsWith("data: ")) {
                    inOrder &= frame.equals("data: " + next + " " + FILLER);
                    next++;
                }
                last = frame;
            }
        }
    }

    private final class Connection {

        private final Http2Client client;
        private final int number;
        private final int[] ids = new int[STREAMS];
        private final Map<Integer, Numbers> numbers = new ConcurrentHashMap<>();

        Connection(Entry entry, int port, int number) {
            this.client = Http2Client.open(entry, port);
            this.number = number;
            client.onData((id, data) ->
                    numbers.computeIfAbsent(id, it -> new Numbers()).add(data));
            for (int s = 0; s < STREAMS; s++) {
                String path = Fate.of(s) == Fate.DEADLINE ? "/short" : "/sse";
                ids[s] = client.get(path + "?name=" + name(s));
            }
        }

        String name(int stream) {
            return number + "-" + stream;
        }

        void applyFates(TestServer server, Random random) {
            for (int s = 0; s < STREAMS; s++) {
                LockSupport.parkNanos(random.nextInt(20_000_000));
                String name = name(s);
                switch (Fate.of(s)) {
                    case RESET -> client.reset(ids[s]);
                    case INTERRUPT -> {
                        // Repeatedly, to hit the last writes as well.
                        for (int i = 0; i < 50; i++) {
                            generators.get(name).interrupt();
                            LockSupport.parkNanos(random.nextInt(500_000));
                        }
                    }
                    case REVOKE ->
                        assertThat(server.feature()
                                        .revoke(identity -> identity.name().equals(name)))
                                .isEqualTo(1);
                    case DEADLINE, NONE -> {
                        // DEADLINE ends by itself, NONE stays open.
                    }
                }
            }
        }

        void check(Map<String, StreamInfo> ended) {
            for (int s = 0; s < STREAMS; s++) {
                Numbers seen = numbers.get(ids[s]);
                StreamInfo info = ended.get(name(s));
                assertThat(seen.inOrder).as("events in order, stream " + info).isTrue();
                if (Fate.of(s) != Fate.RESET) {
                    client.awaitEnd(ids[s]);
                    assertThat(seen.unread)
                            .as("incomplete frame of stream " + info)
                            .isEmpty();
                    assertThat(info.events() - (Fate.of(s) == Fate.NONE ? 1 : 0))
                            .isEqualTo(seen.next);
                }
                switch (Fate.of(s)) {
                    case INTERRUPT -> assertThat(seen.last).startsWith("retry: ");
                    case NONE -> assertThat(seen.last).contains("event: end");
                    default -> {
                        // No last frame is required.
                    }
                }
            }
            assertThat(client.violations()).isEmpty();
            assertThat(client.isClosed()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Entry.class, mode = EnumSource.Mode.EXCLUDE, names = "UPGRADE")
    void failuresOfStreamsCloseNoConnectionAndCutNoFrame(Entry entry) throws Exception {
        SseRoute route = busy();
        try (TestServer server = TestServer.on(entry == Entry.ALPN ? SocketType.TLS : SocketType.PLAIN)
                        .get("/sse", route)
                        .get("/short", route.maxDuration(Duration.ofSeconds(1)))
                        .start();
                AllLogs logs = new AllLogs();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Connection> connections = new ArrayList<>();
            for (int c = 0; c < CONNECTIONS; c++) {
                connections.add(new Connection(entry, server.port(), c));
            }
            Deadlines.await(() -> generators.size() == CONNECTIONS * STREAMS, "all generators to run");

            List<Future<?>> fates = new ArrayList<>();
            for (Connection connection : connections) {
                fates.add(executor.submit(() -> connection.applyFates(server, new Random(connection.number))));
            }
            for (Future<?> fate : fates) {
                fate.get(TestServer.TIMEOUT_SECONDS, SECONDS);
            }
            Map<String, StreamInfo> ended = new HashMap<>();
            int stay = CONNECTIONS * Fate.NONE.streams;
            while (ended.size() < CONNECTIONS * STREAMS - stay) {
                add(server.awaitEnded(), ended);
            }
            over.set(true);
            while (ended.size() < CONNECTIONS * STREAMS) {
                add(server.awaitEnded(), ended);
            }

            for (Connection connection : connections) {
                connection.check(ended);
                connection.client.close();
            }
            Map<EndCause, Integer> causes = new EnumMap<>(EndCause.class);
            ended.values().forEach(info -> causes.merge(info.cause().orElseThrow(), 1, Integer::sum));
            System.out.printf("HTTP/2: siblings over %s: %s%n", entry, causes);
            assertThat(causes)
                    .containsOnly(
                            Map.entry(EndCause.CLIENT_GONE, CONNECTIONS * Fate.RESET.streams),
                            Map.entry(EndCause.DRAINED, CONNECTIONS * Fate.INTERRUPT.streams),
                            Map.entry(EndCause.REVOKED, CONNECTIONS * Fate.REVOKE.streams),
                            Map.entry(EndCause.MAX_DURATION, CONNECTIONS * Fate.DEADLINE.streams),
                            Map.entry(EndCause.COMPLETED, CONNECTIONS * Fate.NONE.streams));
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    private static void add(StreamInfo info, Map<String, StreamInfo> ended) {
        ended.put(info.identity().orElseThrow().name(), info);
    }
}
