package io.flosse.redis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.internal.channel.ChannelSettings;
import io.flosse.internal.channel.Payload;
import io.flosse.internal.channel.SubscriberOptions;
import io.flosse.redis.server.TestRedis;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** What comes while a family closes, and so after it has closed. */
class RedisClosedTest {

    @RegisterExtension
    static final SharedRedis REDIS = new SharedRedis();

    private final RedisSettings settings = new RedisSettings(
            RedisAddress.parse(REDIS.redis().uri()),
            TestRedis.prefix(),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Optional.empty());

    @Test
    void nothingIsAskedOfAClosedBackend() {
        RedisBackend backend = new RedisBackend(settings, ChannelSettings.defaults());
        backend.close();
        assertThatThrownBy(() -> backend.subscribe("orders", SubscriberOptions.defaults(), Optional.empty()))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> backend.publish("orders", Payload.ofText(SseEvent.of("late"))))
                .isInstanceOf(ChannelUnavailableException.class)
                .hasMessageContaining("closed");
    }

    /** Jedis connects anew where a command is sent on a closed connection: nobody would close that one. */
    @Test
    void aListeningConnectionThatWasClosedStaysSo() {
        try (Connections connections = new Connections(settings);
                ListeningConnection connection = connections.listen(Duration.ofSeconds(1))) {
            connection.sayPing();
            connection.disconnect();
            assertThatThrownBy(connection::sayPing).isInstanceOf(JedisConnectionException.class);
        }
    }
}
