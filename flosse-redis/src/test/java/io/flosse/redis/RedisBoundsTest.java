package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.contract.SubscriptionReader;
import io.flosse.redis.fixture.SharedRedis;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The bounds of the channels that one server reads from Redis: their number, and the memory of their copies. */
class RedisBoundsTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    @Test
    void unusedChannelMakesRoomAndANewNameIsRefusedWhileAllAreSubscribed() {
        try (Channels channels = REDIS.newChannels().maxChannels(2).build()) {
            Channel refused = channels.channel("refused");
            try (Subscription a = channels.channel("a").subscribe();
                    SubscriptionReader b =
                            SubscriptionReader.of(channels.channel("b").subscribe())) {
                assertThatThrownBy(refused::subscribe)
                        .isInstanceOf(ChannelUnavailableException.class)
                        .hasMessageContaining("maxChannels");
                assertThat(refused.publish(SseEvent.of("publishing needs no place")))
                        .isNotNull();
                a.close();
                try (SubscriptionReader now =
                        SubscriptionReader.of(refused.withHistory().subscribe())) {
                    assertThat(now.next().data()).isEqualTo("publishing needs no place");
                }
                channels.channel("b").publish(SseEvent.of("still here"));
                assertThat(b.next().data()).isEqualTo("still here");
            }
            for (int i = 0; i < 20; i++) {
                channels.channel("unknown-" + i).subscribe().close();
            }
        }
    }

    /** What a server no longer holds is read from Redis. */
    @Test
    void shortenedCopyLosesNothingThatRedisHolds() {
        try (Channels channels = REDIS.newChannels().totalHistoryBytes(8 * 1024).build()) {
            Channel channel = channels.channel("orders");
            try (SubscriptionReader live = SubscriptionReader.of(channel.subscribe())) {
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    ids.add(channel.publish(SseEvent.of("x".repeat(500))));
                }
                assertThat(live.next(50))
                        .extracting(event -> event.id().orElseThrow())
                        .isEqualTo(ids);
                try (SubscriptionReader all =
                                SubscriptionReader.of(channel.withHistory().subscribe());
                        SubscriptionReader back = SubscriptionReader.of(channel.subscribe(ids.getFirst()));
                        SubscriptionReader recent = SubscriptionReader.of(channel.subscribe(ids.get(48)))) {
                    assertThat(all.next(50))
                            .extracting(event -> event.id().orElseThrow())
                            .isEqualTo(ids);
                    assertThat(back.next(49))
                            .extracting(event -> event.id().orElseThrow())
                            .isEqualTo(ids.subList(1, 50));
                    assertThat(recent.next().id()).contains(ids.get(49));
                }
            }
        }
    }
}
