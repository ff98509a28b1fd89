package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Subscribers with {@link Overflow#BLOCK}: they delay the reader of their server, but only once they read the log. */
class RedisBlockingTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final String prefix = TestRedis.prefix();

    private Channels server() {
        return FlosseRedis.builder(REDIS.redis().uri())
                .prefix(prefix)
                .build()
                .channels()
                .build();
    }

    private static void publish(Channel channel, int from, int to) {
        for (int i = from; i <= to; i++) {
            channel.publish(SseEvent.of(i));
        }
    }

    private static List<Object> numbers(int from, int to) {
        List<Object> numbers = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    @Test
    void blockingSubscriberThatReplaysHistoryDelaysNoOtherAndLosesNothing() {
        try (Channels near = server();
                Channels far = server()) {
            publish(near.channel("orders"), 1, 50);
            Channel channel = far.channel("orders");
            Subscription slow = channel.withHistory()
                    .withBuffer(4)
                    .withOverflow(Overflow.BLOCK)
                    .subscribe();
            try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
                publish(near.channel("orders"), 51, 150);
                assertThat(live.next(100)).extracting(SseEvent::data).isEqualTo(numbers(51, 150));
                try (SubscriptionReader reader = SubscriptionReader.of(slow)) {
                    assertThat(reader.next(150)).extracting(SseEvent::data).isEqualTo(numbers(1, 150));
                    publish(near.channel("orders"), 151, 200);
                    assertThat(reader.next(50)).extracting(SseEvent::data).isEqualTo(numbers(151, 200));
                }
            }
        }
    }
}
