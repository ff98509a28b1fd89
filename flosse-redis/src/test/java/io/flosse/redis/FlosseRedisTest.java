package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link FlosseRedis} closes the channels that it created. */
class FlosseRedisTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private static FlosseRedis connect() {
        return FlosseRedis.builder(REDIS.redis().uri())
                .prefix(TestRedis.prefix())
                .build();
    }

    private static void assertClosed(Channels channels) {
        assertThatThrownBy(() -> channels.channel("orders").publish(SseEvent.of("late")))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void registriesOfOneRedisShareTheirChannels() {
        try (FlosseRedis redis = connect();
                SubscriptionReader reader = SubscriptionReader.of(
                        redis.channels().build().channel("orders").subscribe())) {
            redis.channels().historyEvents(10).build().channel("orders").publish(SseEvent.of("1"));
            assertThat(reader.next().data()).isEqualTo("1");
        }
    }

    @Test
    void closeEndsSubscriptionsAndJobsOfAllChannels() throws InterruptedException {
        FlosseRedis redis = connect();
        Channels plain = redis.channels().build();
        Channels other = redis.channels().historyEvents(10).historyBytes(10_000).build();
        SubscriptionReader first = SubscriptionReader.of(plain.channel("orders").subscribe());
        SubscriptionReader second =
                SubscriptionReader.of(other.channel("orders").subscribe());
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        other.start(sink -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        assertThat(started.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        redis.close();
        assertThat(first.thrown()).isInstanceOf(StreamEndedException.class);
        assertThat(second.thrown()).isInstanceOf(StreamEndedException.class);
        assertThat(interrupted.await(SubscriptionReader.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertClosed(plain);
        assertClosed(other);
    }

    @Test
    void channelsBuiltAfterCloseAreClosed() {
        FlosseRedis redis = connect();
        redis.close();
        assertClosed(redis.channels().historyEvents(10).build());
    }

    @Test
    void channelsMayBeClosedBeforeAndAfter() {
        FlosseRedis redis = connect();
        Channels before = redis.channels().historyEvents(10).build();
        Channels after = redis.channels().historyEvents(20).build();
        List.of(before, after).forEach(channels -> channels.channel("orders").publish(SseEvent.of("1")));
        before.close();
        redis.close();
        redis.close();
        before.close();
        after.close();
        redis.channels().build().close();
        assertClosed(before);
        assertClosed(after);
    }
}
