package io.flosse.redis;

import static io.flosse.contract.ExtremeTimes.assertWorksOrIsRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.contract.ExtremeTimes;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.SharedRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every option with a duration either works with extreme values or refuses them when it is set. */
class RedisExtremeTimesTest {

    static final List<Duration> DURATIONS = ExtremeTimes.DURATIONS;

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void historyAgeWorksOrIsRefused(Duration value) throws Exception {
        assertWorksOrIsRefused(
                value, age -> REDIS.newChannels().historyAge(age).build(), RedisExtremeTimesTest::useChannels);
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void jobsKeptWorksOrIsRefused(Duration value) throws Exception {
        assertWorksOrIsRefused(
                value, time -> REDIS.newChannels().jobsKept(time).build(), RedisExtremeTimesTest::useChannels);
    }

    private static void useChannels(Channels channels) {
        try (channels) {
            Channel channel = channels.channel("a");
            channel.publish(SseEvent.of("x"));
            channel.withHistory().subscribe().close();
            CountDownLatch proceed = new CountDownLatch(1);
            String id = channels.start(sink -> {
                sink.yield("one");
                proceed.await();
            });
            try (SubscriptionReader reader =
                    SubscriptionReader.of(channels.job(id).orElseThrow().subscribe())) {
                assertThat(reader.next().data()).isEqualTo("one");
                proceed.countDown();
                assertThat(reader.untilEnd()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("DURATIONS")
    void retryOfAnEventWorksOrIsRefused(Duration value) throws Exception {
        assertWorksOrIsRefused(value, SseEvent.of("x")::withRetry, event -> {
            try (Channels channels = REDIS.newChannels().build();
                    SubscriptionReader reader =
                            SubscriptionReader.of(channels.channel("a").subscribe())) {
                channels.channel("a").publish(event);
                assertThat(reader.next().retry()).contains(value);
            }
        });
    }

    @Test
    void timeoutAndLeaseOutOfRangeAreRefused() {
        FlosseRedis.Builder builder = FlosseRedis.builder("redis://127.0.0.1:1");
        for (Duration value : DURATIONS) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.timeout(value))
                    .withMessageContaining("timeout must be from PT0.01S to a day, but is " + value);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.jobLease(value))
                    .withMessageContaining("jobLease must be from PT3S to a day, but is " + value);
        }
    }
}
