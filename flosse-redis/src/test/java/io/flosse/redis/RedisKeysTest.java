package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XAddParams;

/** The keys in Redis: they have the prefix, and are bounded in size and time. */
class RedisKeysTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();
    private final FlosseRedis redis =
            FlosseRedis.builder(REDIS.redis().uri()).prefix(prefix).build();
    private final Channels channels = redis.channels().build();
    private final Jedis jedis = REDIS.redis().client();

    @AfterEach
    void close() {
        redis.close();
        jedis.close();
    }

    private String key(String channel) {
        return prefix + "{" + channel + "}";
    }

    @Test
    void allKeysHaveThePrefixAndExpire() {
        channels.channel("orders").publish(SseEvent.of("1"));
        channels.channel("asked-only").subscribe().close();
        channels.channel("ended").end();
        String id = channels.start(sink -> sink.yield("1"));
        SubscriptionReader.of(channels.job(id).orElseThrow().subscribe()).untilEnd();
        assertThat(jedis.keys(prefix + "*"))
                .containsExactlyInAnyOrder(
                        key("orders"), key("asked-only"), key("ended"), key("job/" + id), key("job/" + id) + ":job")
                .allSatisfy(key -> assertThat(jedis.pttl(key))
                        .isBetween(1L, Duration.ofMinutes(11).toMillis()));
    }

    @Test
    void streamIsTrimmedByCount() {
        Channel channel = redis.channels().historyEvents(10).build().channel("orders");
        for (int i = 0; i < 3000; i++) {
            channel.publish(SseEvent.of(i));
        }
        assertThat(jedis.xlen(key("orders"))).isBetween(1000L, 1200L);
    }

    @Test
    void streamIsTrimmedByBytesToAtMostAQuarterMoreThanTheHistory() {
        Channel channel = redis.channels()
                .historyEvents(1_000_000)
                .historyBytes(16 << 20)
                .build()
                .channel("orders");
        String large = "x".repeat(100_000);
        for (int i = 0; i < 500; i++) {
            channel.publish(SseEvent.of(large));
        }
        long held = jedis.xlen(key("orders")) * 100_000;
        assertThat(held).isBetween(16L << 20, 21L << 20);
        try (SubscriptionReader all =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            channel.end();
            assertThat(all.untilEnd()).hasSize((16 << 20) / 100_000);
        }
    }

    @Test
    void expiredEventIsNotReplayedEvenIfRedisStillHasIt() throws InterruptedException {
        Channel channel =
                redis.channels().historyAge(Duration.ofMillis(200)).build().channel("orders");
        String id = channel.publish(SseEvent.of("old"));
        Thread.sleep(300); // longer than the age of the history
        String young = channel.publish(SseEvent.of("young"));
        assertThat(jedis.xlen(key("orders"))).isEqualTo(3);
        try (Channels other = FlosseRedis.builder(REDIS.redis().uri())
                        .prefix(prefix)
                        .build()
                        .channels()
                        .historyAge(Duration.ofSeconds(20))
                        .build();
                SubscriptionReader all = SubscriptionReader.of(
                        other.channel("orders").withHistory().subscribe())) {
            assertThat(all.next().id()).contains(id);
        }
        try (SubscriptionReader all =
                SubscriptionReader.of(channel.withHistory().subscribe())) {
            assertThat(all.next().id()).contains(young);
        }
    }

    @Test
    void keyOfAnotherTypeIsReportedAndNotOverwritten() {
        jedis.set(key("orders"), "a text");
        assertThatThrownBy(() -> channels.channel("orders").publish(SseEvent.of("1")))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("WRONGTYPE");
        assertThat(List.of(jedis.get(key("orders")))).containsExactly("a text");
    }

    @Test
    void foreignEntryInTheStreamIsReportedAsGap() {
        Channel channel = channels.channel("orders");
        try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("1"));
            assertThat(live.next().data()).isEqualTo("1");
            jedis.xadd(key("orders"), XAddParams.xAddParams(), Map.of("at", "0-0 9 9 9"));
            jedis.xadd(key("orders"), XAddParams.xAddParams(), Map.of("\n", "\0"));
            String id = channel.publish(SseEvent.of("2"));
            assertThat(live.next().event()).contains("gap");
            SseEvent next = live.next();
            while (next.event().isPresent()) {
                next = live.next();
            }
            assertThat(next).isEqualTo(SseEvent.of("2").withId(id));
        }
    }

    @Test
    void foreignEntryDoesNotKeepTheStreamFromBeingTrimmedByBytes() {
        Channel channel = redis.channels()
                .historyEvents(1_000_000)
                .historyBytes(1 << 20)
                .build()
                .channel("orders");
        jedis.xadd(key("orders"), XAddParams.xAddParams(), Map.of("by", "another program"));
        String large = "x".repeat(100_000);
        for (int i = 0; i < 50; i++) {
            channel.publish(SseEvent.of(large));
        }
        assertThat(jedis.xlen(key("orders")) * 100_000).isLessThan(4 << 20);
    }

    @Test
    void channelWithoutSubscribersIsUnsubscribedFromPubSub() {
        Channel channel = channels.channel("orders");
        channel.subscribe().close();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (jedis.pubsubNumSub(key("orders")).get(key("orders")) > 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
        try (SubscriptionReader again = SubscriptionReader.of(channel.subscribe())) {
            channel.publish(SseEvent.of("1"));
            assertThat(again.next().data()).isEqualTo("1");
        }
    }
}
