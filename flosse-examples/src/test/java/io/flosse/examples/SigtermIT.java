package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.StreamTailClient;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** SIGTERM to a server with 1,000 open streams, as in a deployment: every stream ends with a complete frame. */
class SigtermIT {

    private static final Duration GRACE = Duration.ofSeconds(15);
    private static final Duration SPREAD = Duration.ofSeconds(5);
    private static final int KILLED_BY_SIGTERM = 128 + 15;

    /** Returns client {@code number} of 1,000: 20 slow clients with too much data, 490 with ticks and 490 idle ones. */
    private static StreamTailClient client(int number) {
        if (number % 50 == 0) {
            return new StreamTailClient("/sse/burst?n=10000000", 4_000_000);
        }
        return new StreamTailClient(number % 2 == 1 ? "/sse/ticks?every=PT0.1S" : "/sse/idle?heartbeat=PT0.5S", 0);
    }

    @Test
    void everyClientReceivesACompleteLastFrame() throws Exception {
        List<StreamTailClient> clients =
                IntStream.range(0, 1000).mapToObj(SigtermIT::client).toList();
        try (ExamplesServer server = ExamplesServer.startProcess(Map.of(
                "server.features.flosse.drain-grace", GRACE.toString(),
                "server.features.flosse.reconnect-spread", SPREAD.toString()))) {
            CountDownLatch begun = new CountDownLatch(clients.size());
            clients.forEach(client -> client.start(server.port(), begun));
            assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();

            long begin = System.nanoTime();
            server.process().destroy();
            assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            Duration took = Duration.ofNanos(System.nanoTime() - begin);

            Set<String> lastFrames = new HashSet<>();
            for (StreamTailClient client : clients) {
                lastFrames.add(client.lastFrame());
            }
            System.out.println("Server with 1,000 open streams ended " + took.toMillis()
                    + " ms after SIGTERM; the last client had read its stream after "
                    + (System.nanoTime() - begin) / 1_000_000 + " ms");
            assertThat(lastFrames).allMatch(SigtermIT::isAfterTheGracePeriod).hasSizeGreaterThan(500);
            assertThat(took).isLessThan(GRACE);
            assertThat(server.process().exitValue()).isEqualTo(KILLED_BY_SIGTERM);
            // The server must log nothing. SLF4J may print its own warnings.
            assertThat(server.output()).allMatch(line -> line.startsWith("SLF4J(W)"));
        }
    }

    private static boolean isAfterTheGracePeriod(String frame) {
        assertThat(frame).matches("retry: \\d+");
        long wait = Long.parseLong(frame.substring("retry: ".length()));
        return wait >= GRACE.toMillis() && wait <= GRACE.plus(SPREAD).toMillis();
    }
}
