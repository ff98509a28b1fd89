package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.contract.Reading;
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

/** What is in Redis: keys that nobody else has, bounded in size and time. */
class RedisKeysTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();
    private final Channels registry =
            FlosseRedis.builder(REDIS.redis().uri()).prefix(prefix).build();
    private final Jedis jedis = REDIS.redis().client();

    @AfterEach
    void close() {
        registry.close();
        jedis.close();
    }

    private String key(String channel) {
        return prefix + "{" + channel + "}";
    }

    @Test
    void allKeysHaveThePrefixAndExpire() {
        registry.channel("orders").publish(SseEvent.of("1"));
        registry.channel("asked-only").subscribe().close();
        registry.channel("ended").end();
        String id = registry.start(sink -> sink.yield("1"));
        Reading.of(registry.job(id).orElseThrow().subscribe()).untilEnd();
        assertThat(jedis.keys(prefix + "*"))
                .containsExactlyInAnyOrder(
                        key("orders"), key("asked-only"), key("ended"), key("job/" + id), key("job/" + id) + ":job")
                .allSatisfy(key -> assertThat(jedis.pttl(key))
                        .isBetween(1L, Duration.ofMinutes(11).toMillis()));
    }

    @Test
    void aStreamIsTrimmedByCount() {
        Channel channel = registry.historyEvents(10).channel("orders");
        for (int i = 0; i < 3000; i++) {
            channel.publish(SseEvent.of(i));
        }
        assertThat(jedis.xlen(key("orders"))).isBetween(1000L, 1200L);
    }

    @Test
    void aStreamIsTrimmedByBytesToTheHistoryAndAQuarterMore() {
        Channel channel =
                registry.historyEvents(1_000_000).historyBytes(16 << 20).channel("orders");
        String large = "x".repeat(100_000);
        for (int i = 0; i < 500; i++) {
            channel.publish(SseEvent.of(large));
        }
        long held = jedis.xlen(key("orders")) * 100_000;
        assertThat(held).isBetween(16L << 20, 21L << 20);
        try (Reading all = Reading.of(channel.withHistory().subscribe())) {
            channel.end();
            assertThat(all.untilEnd()).hasSize((16 << 20) / 100_000);
        }
    }

    @Test
    void whatIsTooOldIsNotReplayedThoughRedisStillHasIt() throws InterruptedException {
        Channel channel = registry.historyAge(Duration.ofMillis(200)).channel("orders");
        String id = channel.publish(SseEvent.of("old"));
        Thread.sleep(300); // what is tested is that time passes
        String young = channel.publish(SseEvent.of("young"));
        assertThat(jedis.xlen(key("orders"))).isEqualTo(3);
        try (Channels other = FlosseRedis.builder(REDIS.redis().uri())
                        .prefix(prefix)
                        .build()
                        .historyAge(Duration.ofSeconds(20));
                Reading all = Reading.of(other.channel("orders").withHistory().subscribe())) {
            assertThat(all.next().id()).contains(id);
        }
        try (Reading all = Reading.of(channel.withHistory().subscribe())) {
            assertThat(all.next().id()).contains(young);
        }
    }

    @Test
    void whatIsInOurKeyAndNotOursIsRefusedLoudly() {
        jedis.set(key("orders"), "a text");
        assertThatThrownBy(() -> registry.channel("orders").publish(SseEvent.of("1")))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("WRONGTYPE");
        assertThat(List.of(jedis.get(key("orders")))).containsExactly("a text");
    }

    @Test
    void whatOthersWriteIntoTheStreamIsAGapAndNothingElse() {
        Channel channel = registry.channel("orders");
        try (Reading live = Reading.of(channel.subscribe())) {
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
    void aChannelThatNobodyReadsAnyMoreIsNotListenedTo() {
        Channel channel = registry.channel("orders");
        channel.subscribe().close();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (jedis.pubsubNumSub(key("orders")).get(key("orders")) > 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
        try (Reading again = Reading.of(channel.subscribe())) {
            channel.publish(SseEvent.of("1"));
            assertThat(again.next().data()).isEqualTo("1");
        }
    }
}
