package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.redis.fixture.TestRedis;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import redis.clients.jedis.Jedis;

/** A benchmark of one Redis, for docs/performance.md. Prints its measurements. {@code -Dflosse.load=true} runs it. */
@EnabledIfSystemProperty(named = "flosse.load", matches = "true", disabledReason = "This test needs -Dflosse.load=true")
class RedisLoadTest {

    private static final int EVENTS = 20_000;
    private static final String DATA = "x".repeat(100);

    private static double redisSeconds(Jedis jedis) {
        return jedis.info("cpu")
                .lines()
                .filter(line -> line.startsWith("used_cpu_sys:") || line.startsWith("used_cpu_user:"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                .sum();
    }

    private static double processSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    }

    private static void publish(Channels channels, int publishers, int channelCount) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int p = 0; p < publishers; p++) {
                Channel channel = channels.channel("load-" + p % channelCount);
                done.add(threads.submit(() -> {
                    for (int i = 0; i < EVENTS / publishers; i++) {
                        channel.publish(SseEvent.of(DATA));
                    }
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
    }

    @Test
    void publishThroughput() throws Exception {
        try (TestRedis redis = TestRedis.started();
                Channels channels = FlosseRedis.connect(redis.uri()).channels().build();
                Jedis jedis = redis.client()) {
            publish(channels, 16, 16);
            for (int publishers : new int[] {1, 16}) {
                double redisBefore = redisSeconds(jedis);
                double processBefore = processSeconds();
                long start = System.nanoTime();
                publish(channels, publishers, publishers);
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        "%d publishers: %.0f events/s, CPU per event: %.1f us of Redis and %.1f us of the publisher%n",
                        publishers,
                        EVENTS / seconds,
                        (redisSeconds(jedis) - redisBefore) * 1e6 / EVENTS,
                        (processSeconds() - processBefore) * 1e6 / EVENTS);
            }
        }
    }

    @Test
    void deliveryThroughputByNumberOfServers() throws Exception {
        try (TestRedis redis = TestRedis.started();
                Channels publisher = FlosseRedis.connect(redis.uri()).channels().build();
                Jedis jedis = redis.client()) {
            publish(publisher, 16, 16);
            for (int serverCount : new int[] {1, 4, 16}) {
                List<Channels> servers = new ArrayList<>();
                List<Subscription> subscriptions = new ArrayList<>();
                LongAdder delivered = new LongAdder();
                int channelCount = 16;
                CountDownLatch done = new CountDownLatch(serverCount * channelCount);
                for (int s = 0; s < serverCount; s++) {
                    Channels server =
                            FlosseRedis.connect(redis.uri()).channels().build();
                    servers.add(server);
                    for (int c = 0; c < channelCount; c++) {
                        Subscription subscription = server.channel("load-" + c)
                                .withBuffer(EVENTS)
                                .withOverflow(Overflow.DROP_OLDEST)
                                .subscribe();
                        subscriptions.add(subscription);
                        Thread.ofVirtual().start(() -> {
                            int remaining = EVENTS / channelCount;
                            for (SseEvent event : subscription) {
                                assertThat(event.id()).isPresent();
                                delivered.increment();
                                if (--remaining == 0) {
                                    break;
                                }
                            }
                            done.countDown();
                        });
                    }
                }
                double redisBefore = redisSeconds(jedis);
                long start = System.nanoTime();
                publish(publisher, channelCount, channelCount);
                assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        "%d servers: %.0f events/s in, %.0f/s out of Redis, %.1f us of CPU of Redis per event%n",
                        serverCount,
                        EVENTS / seconds,
                        delivered.sum() / seconds,
                        (redisSeconds(jedis) - redisBefore) * 1e6 / EVENTS);
                subscriptions.forEach(Subscription::close);
                servers.forEach(Channels::close);
            }
        }
    }

    @Test
    void deliveryThroughputByNumberOfSubscribers() throws Exception {
        int subscribers = 1000;
        try (TestRedis redis = TestRedis.started();
                Channels publisher = FlosseRedis.connect(redis.uri()).channels().build();
                Channels server = FlosseRedis.connect(redis.uri()).channels().build();
                Jedis jedis = redis.client()) {
            Channel channel = server.channel("load-0").withBuffer(EVENTS);
            CountDownLatch done = new CountDownLatch(subscribers);
            for (int i = 0; i < subscribers; i++) {
                Subscription subscription = channel.subscribe();
                Thread.ofVirtual().start(() -> {
                    int remaining = EVENTS;
                    for (SseEvent event : subscription) {
                        if (event.id().isEmpty() || --remaining == 0) {
                            break;
                        }
                    }
                    done.countDown();
                });
            }
            double redisBefore = redisSeconds(jedis);
            double processBefore = processSeconds();
            long start = System.nanoTime();
            publish(publisher, 1, 1);
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            double seconds = (System.nanoTime() - start) / 1e9;
            long deliveries = (long) EVENTS * subscribers;
            System.out.printf(
                    "%d subscribers of one channel: %.0f events/s in, %.0f deliveries/s, %.2f us of CPU per delivery, "
                            + "%.1f us of CPU of Redis per event%n",
                    subscribers,
                    EVENTS / seconds,
                    deliveries / seconds,
                    (processSeconds() - processBefore) * 1e6 / deliveries,
                    (redisSeconds(jedis) - redisBefore) * 1e6 / EVENTS);
        }
    }
}
