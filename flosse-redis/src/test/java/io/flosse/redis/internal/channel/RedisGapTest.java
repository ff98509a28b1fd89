package io.flosse.redis.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.Reading;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.StartPosition;
import io.flosse.redis.FlosseRedis;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import io.flosse.redis.internal.connection.RedisAddress;
import io.flosse.redis.internal.connection.RedisSettings;
import io.flosse.redis.internal.connection.RedisStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XTrimParams;

/** A gap in the stream, and who joins the log just there. */
class RedisGapTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();
    private final RedisSettings settings = new RedisSettings(
            RedisAddress.parse(REDIS.redis().uri()), prefix, Duration.ofSeconds(2), MINUTE, Optional.empty());

    private static SubscriberOptions options(int buffer, Overflow overflow) {
        return new SubscriberOptions(false, Optional.empty(), buffer, overflow, Optional.empty());
    }

    @Test
    void whoJoinsBetweenAGapAndWhatFollowsItIsToldOfIt() throws InterruptedException {
        try (Channels registry = FlosseRedis.builder(REDIS.redis().uri())
                        .prefix(prefix)
                        .build();
                RedisStore store = new RedisStore(settings);
                Jedis jedis = REDIS.redis().client()) {
            RedisChannel channel =
                    new RedisChannel("orders", store, new Retention(1000, 1 << 20, MINUTE), MINUTE, settings.timeout());
            channel.open();
            String first = registry.channel("orders").publish(SseEvent.of("1"));
            channel.catchUp();
            registry.channel("orders").publish(SseEvent.of("2"));
            String third = registry.channel("orders").publish(SseEvent.of("3"));
            registry.channel("orders").publish(SseEvent.of("4"));
            jedis.xtrim(
                    settings.key("orders"),
                    XTrimParams.xTrimParams().exactTrimming().minId(third));

            // Has room for the gap alone, so the reader waits behind it.
            Subscription slow = channel.fanout()
                    .subscribe(options(1, Overflow.BLOCK), log -> new StartPosition(log.tail(), null, null))
                    .orElseThrow();
            long behindTheGap = channel.fanout().tail() + 1;
            channel.news();
            long deadline = System.nanoTime()
                    + Duration.ofSeconds(Reading.PATIENCE_SECONDS).toNanos();
            while (channel.fanout().tail() < behindTheGap) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(1);
            }
            SubscriberOptions plain = options(10, Overflow.DISCONNECT);
            RedisReplay backlog = new RedisReplay(channel, plain, first, List.of());
            Subscription joins = channel.fanout()
                    .subscribe(plain, log -> new StartPosition(log.tail(), null, backlog))
                    .orElseThrow();
            try (Reading reading = Reading.of(joins)) {
                assertThat(reading.next().event()).contains("gap");
                try (Reading room = Reading.of(slow)) {
                    assertThat(room.next().event()).contains("gap");
                    assertThat(reading.next(2)).extracting(SseEvent::data).containsExactly("3", "4");
                    assertThat(room.next(2)).extracting(SseEvent::data).containsExactly("3", "4");
                }
            }
        }
    }
}
