package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.Link;
import io.flosse.redis.fixture.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/** Outages of Redis, and losses of data in Redis. */
class RedisOutageTest {

    private static final Duration TIMEOUT = Duration.ofMillis(500);

    @TempDir
    private Path directory;

    private static Channels channels(String uri) {
        return builder(uri).build();
    }

    private static Channels.Builder builder(String uri) {
        return FlosseRedis.builder(uri).timeout(TIMEOUT).build().channels();
    }

    private static List<String> publish(Channel channel, int from, int to) {
        List<String> ids = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            ids.add(channel.publish(SseEvent.of(Integer.toString(i))));
        }
        return ids;
    }

    private static List<String> texts(List<SseEvent> events) {
        return events.stream().map(event -> String.valueOf(event.data())).toList();
    }

    /** The bound is wide, because the machine may be loaded; the measured time is printed. */
    private static void assertUnavailable(Channel channel) {
        long start = System.nanoTime();
        assertThatThrownBy(() -> channel.publish(SseEvent.of("lost")))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("127.0.0.1");
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        System.out.println("publish with a timeout of " + TIMEOUT + " threw after " + took);
        assertThat(took).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void restartWithPersistenceNeitherLosesNorDuplicatesEvents() {
        try (TestRedis redis = TestRedis.persistent(directory);
                Channels channels = channels(redis.uri())) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader reader = SubscriptionReader.of(channel.subscribe())) {
                publish(channel, 1, 50);
                redis.stop();
                assertUnavailable(channel);
                assertThatThrownBy(() -> channel.subscribe()).isInstanceOf(ChannelUnavailableException.class);
                redis.start();
                publish(channel, 51, 100);
                assertThat(texts(reader.next(100))).isEqualTo(numbers(1, 100));
            }
        }
    }

    private static List<String> numbers(int from, int to) {
        List<String> numbers = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    @Test
    void publishDuringARestartWaitsForItsEnd() {
        try (TestRedis redis = TestRedis.persistent(directory);
                Channels channels = FlosseRedis.builder(redis.uri())
                        .timeout(Duration.ofSeconds(20))
                        .build()
                        .channels()
                        .build()) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader reader = SubscriptionReader.of(channel.subscribe())) {
                publish(channel, 1, 2);
                redis.stop();
                Thread restart = Thread.ofPlatform().start(redis::start);
                publish(channel, 3, 4);
                assertThat(texts(reader.next(4))).containsExactly("1", "2", "3", "4");
                assertThat(restart.isAlive()).isFalse();
            }
        }
    }

    @Test
    void subscriptionSurvivesAStalledLinkWithoutAGap() {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels far = channels(link.uri());
                Channels near = channels(redis.uri())) {
            try (SubscriptionReader reader =
                    SubscriptionReader.of(far.channel("orders").subscribe())) {
                publish(near.channel("orders"), 1, 10);
                assertThat(texts(reader.next(10))).isEqualTo(numbers(1, 10));
                link.stall();
                publish(near.channel("orders"), 11, 20);
                assertUnavailable(far.channel("orders"));
                publish(near.channel("orders"), 21, 30);
                link.cut();
                assertThat(texts(reader.next(20))).isEqualTo(numbers(11, 30));
            }
        }
    }

    @Test
    void publishWithALostAnswerIsNotDuplicated() throws InterruptedException {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels channels = FlosseRedis.builder(link.uri())
                        .timeout(Duration.ofSeconds(20))
                        .build()
                        .channels()
                        .build();
                Channels other = channels(redis.uri())) {
            Channel channel = channels.channel("orders");
            channel.publish(SseEvent.of("1"));
            try (SubscriptionReader reader =
                    SubscriptionReader.of(other.channel("orders").subscribe())) {
                link.mute();
                Thread publisher = Thread.ofVirtual().start(() -> channel.publish(SseEvent.of("2")));
                // Redis has executed the publish, but its answer is held back.
                assertThat(reader.next().data()).isEqualTo("2");
                link.cut();
                publisher.join();
                channel.publish(SseEvent.of("3"));
                assertThat(reader.next().data()).isEqualTo("3");
            }
        }
    }

    @Test
    void publishWithALostAnswerIsNotDuplicatedEvenIfManyEventsFollow() throws InterruptedException {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels channels = FlosseRedis.builder(link.uri())
                        .timeout(Duration.ofSeconds(20))
                        .build()
                        .channels()
                        .historyEvents(5000)
                        .build();
                Channels other = builder(redis.uri()).historyEvents(5000).build()) {
            Channel channel = channels.channel("orders");
            channel.publish(SseEvent.of("0"));
            try (SubscriptionReader reader = SubscriptionReader.of(
                    other.channel("orders").withBuffer(5000).subscribe())) {
                link.mute();
                Thread publisher = Thread.ofVirtual().start(() -> channel.publish(SseEvent.of("1")));
                // Redis has executed the publish, but its answer is held back.
                assertThat(reader.next().data()).isEqualTo("1");
                publish(other.channel("orders"), 2, 1500);
                link.cut();
                publisher.join();
                publish(other.channel("orders"), 1501, 1501);
                assertThat(texts(reader.next(1500))).isEqualTo(numbers(2, 1501));
            }
        }
    }

    @Test
    void flushIsReportedAsGap() {
        try (TestRedis redis = TestRedis.started();
                Channels channels = channels(redis.uri());
                Jedis jedis = redis.client()) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader reader = SubscriptionReader.of(channel.subscribe())) {
                List<String> ids = publish(channel, 1, 3);
                assertThat(texts(reader.next(3))).containsExactly("1", "2", "3");
                jedis.flushAll();
                List<String> later = publish(channel, 4, 5);
                assertThat(reader.next().event()).contains("gap");
                assertThat(texts(reader.next(2))).containsExactly("4", "5");
                try (SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getFirst()))) {
                    // Replayed from the log of this server, which still has the flushed events.
                    assertThat(texts(back.next(2))).containsExactly("2", "3");
                    assertThat(back.next().event()).contains("gap");
                    assertThat(texts(back.next(2))).containsExactly("4", "5");
                }
                try (Channels other = channels(redis.uri());
                        SubscriptionReader back =
                                SubscriptionReader.of(other.channel("orders").subscribe(ids.getLast()))) {
                    assertThat(back.next())
                            .isEqualTo(SseEvent.of("{\"oldest\":\"" + later.getFirst() + "\"}")
                                    .withEvent("gap"));
                    assertThat(texts(back.next(2))).containsExactly("4", "5");
                    assertThat(other.channel("orders").losses()).containsEntry(Loss.UNKNOWN_ID, 1L);
                }
            }
        }
    }

    @Test
    void flushWithoutFurtherEventsIsReportedAsGap() {
        try (TestRedis redis = TestRedis.started();
                Channels channels = channels(redis.uri());
                Jedis jedis = redis.client()) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader reader = SubscriptionReader.of(channel.subscribe())) {
                channel.publish(SseEvent.of("1"));
                assertThat(reader.next().data()).isEqualTo("1");
                jedis.flushAll();
                // Quiet channels are verified at intervals and after every reconnect.
                jedis.clientKill(new ClientKillParams().type(ClientType.PUBSUB));
                assertThat(reader.next()).isEqualTo(SseEvent.of("{}").withEvent("gap"));
            }
        }
    }

    @Test
    void restartThatLosesTheLastEntriesIsReportedAsGap() throws IOException {
        try (TestRedis redis = TestRedis.persistent(directory);
                Channels channels = channels(redis.uri())) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader reader = SubscriptionReader.of(channel.subscribe())) {
                publish(channel, 1, 3);
                Path log = directory.resolve("appendonly.aof");
                Path copy = directory.resolve("copy");
                Files.copy(log, copy);
                publish(channel, 4, 6);
                assertThat(texts(reader.next(6))).isEqualTo(numbers(1, 6));
                redis.stop();
                Files.move(copy, log, StandardCopyOption.REPLACE_EXISTING);
                redis.start();
                assertThat(reader.next().event()).contains("gap");
                publish(channel, 7, 9);
                assertThat(texts(reader.next(3))).containsExactly("7", "8", "9");
            }
        }
    }

    @Test
    void serverThatFallsBehindTheHistoryReportsAGapAndContinues() {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels far = builder(link.uri()).historyEvents(10).build();
                Channels near = builder(redis.uri()).historyEvents(10).build()) {
            try (SubscriptionReader reader =
                    SubscriptionReader.of(far.channel("orders").withBuffer(5000).subscribe())) {
                publish(near.channel("orders"), 1, 3);
                assertThat(texts(reader.next(3))).containsExactly("1", "2", "3");
                link.stall();
                publish(near.channel("orders"), 4, 3000);
                link.cut();
                SseEvent gap = reader.next();
                assertThat(gap.event()).contains("gap");
                SseEvent next = reader.next();
                assertThat((String) gap.data()).contains(next.id().orElseThrow());
                int first = Integer.parseInt((String) next.data());
                assertThat(first).isBetween(5, 2001); // Redis keeps at least 1000 entries, and trims whole nodes
                assertThat(texts(reader.next(3000 - first))).isEqualTo(numbers(first + 1, 3000));
            }
        }
    }

    @Test
    void replayContinuesAfterAStalledLink() {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels far = channels(link.uri());
                Channels near = channels(redis.uri())) {
            publish(near.channel("orders"), 1, 1000);
            try (Subscription subscription = far.channel("orders").withHistory().subscribe()) {
                link.stall();
                SubscriptionReader reader = SubscriptionReader.of(subscription);
                reader.next(100);
                link.cut();
                assertThat(texts(reader.next(900))).isEqualTo(numbers(101, 1000));
            }
        }
    }

    @Test
    void subscriptionClosedDuringAStalledReplayEnds() {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels far = channels(link.uri());
                Channels near = channels(redis.uri())) {
            publish(near.channel("orders"), 1, 1000);
            Subscription subscription = far.channel("orders").withHistory().subscribe();
            link.stall();
            SubscriptionReader reader = SubscriptionReader.of(subscription);
            reader.next(100);
            subscription.close();
            assertThat(reader.untilEnd()).hasSizeLessThan(900);
        }
    }

    /** Example: a generator whose client has disconnected publishes an event in its {@code finally} block. */
    @Test
    void publishOnAnInterruptedThreadSucceedsAndKeepsTheInterrupt() throws InterruptedException {
        try (TestRedis redis = TestRedis.started();
                Channels channels = channels(redis.uri())) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader reader = SubscriptionReader.of(channel.subscribe())) {
                AtomicBoolean interrupted = new AtomicBoolean();
                Thread publisher = Thread.ofVirtual().start(() -> {
                    Thread.currentThread().interrupt();
                    channel.publish(SseEvent.of("left"));
                    interrupted.set(Thread.currentThread().isInterrupted());
                });
                assertThat(reader.next().data()).isEqualTo("left");
                publisher.join();
                assertThat(interrupted).isTrue();
            }
        }
    }

    /** The subscribers wait for their timeouts concurrently, not one after the other. */
    @Test
    void concurrentSubscribersDuringAnOutageAreRefusedWithinTheTimeout() throws Exception {
        try (TestRedis redis = TestRedis.started();
                Link link = new Link(redis.port());
                Channels channels = FlosseRedis.builder(link.uri())
                        .timeout(Duration.ofSeconds(2))
                        .build()
                        .channels()
                        .build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Channel channel = channels.channel("orders");
            link.stall();
            long start = System.nanoTime();
            List<Future<Subscription>> attempts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                attempts.add(threads.submit(() -> channel.subscribe()));
            }
            for (Future<Subscription> attempt : attempts) {
                assertThatThrownBy(attempt::get).hasCauseInstanceOf(ChannelUnavailableException.class);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            System.out.println("20 subscribers with a timeout of PT2S were refused after " + took);
            assertThat(took).isLessThan(Duration.ofSeconds(20)); // one after the other they take 40 seconds
        }
    }
}
