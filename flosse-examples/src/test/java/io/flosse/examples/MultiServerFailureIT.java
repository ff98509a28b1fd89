package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.ReconnectingClient;
import io.flosse.redis.FlosseRedis;
import io.flosse.redis.fixture.Link;
import io.flosse.redis.fixture.TestRedis;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two server processes share one Redis and have many clients. A component fails while events are published. Every
 * client receives every event once and in order. {@code -Dflosse.events=20000} makes the test longer.
 */
@Timeout(110)
class MultiServerFailureIT {

    private static final int CLIENTS = Integer.getInteger("flosse.clients", 200);
    private static final int EVENTS = Integer.getInteger("flosse.events", 4000);

    /** Maximum average lag of the clients, in events. The publisher waits, because one machine runs all processes. */
    private static final int MAX_LAG = 500;

    @TempDir
    private static Path directory;

    private static TestRedis redis;
    private static Link link;
    private static ExamplesServer one;
    private static ExamplesServer other;

    @BeforeAll
    static void start() throws Exception {
        redis = TestRedis.persistent(directory);
        link = new Link(redis.port());
        CompletableFuture<ExamplesServer> starting = CompletableFuture.supplyAsync(MultiServerFailureIT::server);
        one = server();
        other = starting.get(60, TimeUnit.SECONDS);
    }

    private static ExamplesServer server() {
        try {
            return ExamplesServer.startProcess(Map.of(
                    "flosse.channels", "redis",
                    "flosse.redis.uri", link.uri(),
                    "flosse.history-events", "100000",
                    "flosse.history-bytes", "100000000"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        other.close();
        link.close();
        redis.close();
    }

    private static List<ReconnectingClient> clients(String channel, int firstPort, int secondPort) {
        List<ReconnectingClient> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int start = i;
            IntUnaryOperator ports = attempt -> (start + attempt) % 2 == 0 ? firstPort : secondPort;
            ReconnectingClient client = new ReconnectingClient(ports, "/sse/channels/" + channel, EVENTS);
            Thread.ofVirtual().start(client);
            clients.add(client);
        }
        Deadline.await(() -> clients.stream().allMatch(ReconnectingClient::isConnected), "all clients to connect");
        return clients;
    }

    private interface Failure {
        void inject() throws Exception;
    }

    /** Publishes from this process directly to Redis and injects a failure in the middle. */
    private static void run(String channel, List<ReconnectingClient> clients, Failure failure) throws Exception {
        long start = System.nanoTime();
        CompletableFuture<Void> injected = new CompletableFuture<>();
        try (Channels channels = FlosseRedis.builder(redis.uri())
                .timeout(Duration.ofSeconds(20))
                .build()
                .channels()
                .historyEvents(100_000)
                .historyBytes(100_000_000)
                .build()) {
            Channel publisher = channels.channel(channel);
            for (int i = 1; i <= EVENTS; i++) {
                publisher.publish(SseEvent.of(Integer.toString(i)));
                if (i == EVENTS / 2) {
                    Thread.ofPlatform().start(() -> {
                        try {
                            failure.inject();
                            injected.complete(null);
                        } catch (Exception e) {
                            injected.completeExceptionally(e);
                        }
                    });
                }
                if (i % 100 == 0) {
                    int minimum = i - MAX_LAG;
                    Deadline.await(
                            () -> clients.stream()
                                            .mapToInt(ReconnectingClient::received)
                                            .average()
                                            .orElse(0)
                                    > minimum,
                            "the clients to catch up");
                }
            }
            injected.get(60, TimeUnit.SECONDS);
            int connections = 0;
            for (ReconnectingClient client : clients) {
                connections += client.connections().get(60, TimeUnit.SECONDS);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    "%s: %d events to %d clients in %.1f s, %.0f deliveries/s, %d connections%n",
                    channel, EVENTS, CLIENTS, seconds, (double) EVENTS * CLIENTS / seconds, connections);
        }
    }

    @Test
    void clientsOfAKilledServerLoseNothingOnTheOtherServer() throws Exception {
        try (ExamplesServer victim = server()) {
            List<ReconnectingClient> clients = clients("killed", victim.port(), other.port());
            run("killed", clients, () -> {
                victim.process().destroyForcibly();
                victim.process().waitFor();
            });
            int connections = 0;
            for (ReconnectingClient client : clients) {
                connections += client.connections().get();
            }
            assertThat(connections).isGreaterThanOrEqualTo(CLIENTS + CLIENTS / 2);
        }
    }

    @Test
    void restartOfPersistentRedisLosesNothing() throws Exception {
        run("restarted", clients("restarted", one.port(), other.port()), () -> {
            redis.stop();
            redis.start();
        });
    }

    @Test
    void stalledLinkToRedisLosesNothing() throws Exception {
        run("stalled", clients("stalled", one.port(), other.port()), () -> {
            link.stall();
            Thread.sleep(Duration.ofSeconds(4)); // longer than the command timeout of the servers
            link.restore();
        });
    }
}
