package io.flosse.redis.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.internal.channel.backend.HistoryBudget;
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

/** Subscribers that join the log at a gap in the stream. */
class RedisGapTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();
    private final RedisSettings settings = new RedisSettings(
            RedisAddress.parse(REDIS.redis().uri()), prefix, Duration.ofSeconds(2), MINUTE, Optional.empty());

    private RedisChannel newChannel(RedisStore store, Duration expiry) {
        return new RedisChannel(
                "orders",
                store,
                new Retention(1000, 1 << 20, MINUTE),
                expiry,
                settings.timeout(),
                HistoryBudget.unlimited(),
                unused -> {});
    }

    private static SubscriberOptions options(int buffer, Overflow overflow) {
        return new SubscriberOptions(false, Optional.empty(), buffer, overflow, Optional.empty());
    }

    /** A subscriber creates no stream, so the absence of a stream is no proof that nothing was published. */
    @Test
    void eventsThatCameAndExpiredBetweenTwoLooksAreReportedAsGap() throws InterruptedException {
        Duration expiry = Duration.ofMillis(50);
        try (Channels channels = FlosseRedis.builder(REDIS.redis().uri())
                        .prefix(prefix)
                        .build()
                        .channels()
                        .build();
                RedisStore store = new RedisStore(settings);
                Jedis jedis = REDIS.redis().client()) {
            RedisChannel channel = newChannel(store, expiry);
            channel.open();
            Subscription subscription = channel.fanout()
                    .subscribe(options(10, Overflow.DISCONNECT), log -> new StartPosition(log.tail(), null, null))
                    .orElseThrow();
            channels.channel("orders").publish(SseEvent.of("missed"));
            jedis.del(settings.key("orders"));
            long opened = System.nanoTime();
            while (System.nanoTime() - opened < expiry.multipliedBy(2).toNanos()) {
                Thread.sleep(10);
            }
            channel.verify();
            try (SubscriptionReader reader = SubscriptionReader.of(subscription)) {
                assertThat(reader.next().event()).contains("gap");
                String id = channels.channel("orders").publish(SseEvent.of("1"));
                channel.notifyNewEntries();
                assertThat(reader.next()).isEqualTo(SseEvent.of("1").withId(id));
            }
        }
    }

    @Test
    void subscriberThatJoinsBetweenGapAndNextEventReceivesTheGap() throws InterruptedException {
        try (Channels channels = FlosseRedis.builder(REDIS.redis().uri())
                        .prefix(prefix)
                        .build()
                        .channels()
                        .build();
                RedisStore store = new RedisStore(settings);
                Jedis jedis = REDIS.redis().client()) {
            RedisChannel channel = newChannel(store, MINUTE);
            channel.open();
            String first = channels.channel("orders").publish(SseEvent.of("1"));
            channel.catchUp();
            channels.channel("orders").publish(SseEvent.of("2"));
            String third = channels.channel("orders").publish(SseEvent.of("3"));
            channels.channel("orders").publish(SseEvent.of("4"));
            jedis.xtrim(
                    settings.key("orders"),
                    XTrimParams.xTrimParams().exactTrimming().minId(third));

            // Its buffer has room for the gap only, so the reader blocks behind the gap.
            Subscription slow = channel.fanout()
                    .subscribe(options(1, Overflow.BLOCK), log -> new StartPosition(log.tail(), null, null))
                    .orElseThrow();
            long afterGap = channel.fanout().tail() + 1;
            channel.notifyNewEntries();
            long deadline = System.nanoTime()
                    + Duration.ofSeconds(SubscriptionReader.TIMEOUT_SECONDS).toNanos();
            while (channel.fanout().tail() < afterGap) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(1);
            }
            SubscriberOptions plain = options(10, Overflow.DISCONNECT);
            RedisReplay replay = new RedisReplay(channel, plain, StreamEntry.NONE, first, List.of());
            Subscription joining = channel.fanout()
                    .subscribe(plain, log -> new StartPosition(log.tail(), null, replay))
                    .orElseThrow();
            try (SubscriptionReader reader = SubscriptionReader.of(joining)) {
                assertThat(reader.next().event()).contains("gap");
                try (SubscriptionReader blocking = SubscriptionReader.of(slow)) {
                    assertThat(blocking.next().event()).contains("gap");
                    assertThat(reader.next(2)).extracting(SseEvent::data).containsExactly("3", "4");
                    assertThat(blocking.next(2)).extracting(SseEvent::data).containsExactly("3", "4");
                }
            }
        }
    }
}
