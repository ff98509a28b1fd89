package io.flosse.redis.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.SseEvent;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.internal.channel.backend.ChannelSettings;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.redis.fixture.SharedRedis;
import io.flosse.redis.fixture.TestRedis;
import io.flosse.redis.internal.RedisBackend;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** What connections and a backend do once they are closed, or were refused something. */
class RedisConnectionsTest {

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

    @Test
    void aConnectionOverWhichRedisRefusedSomethingIsUsedAgain() {
        try (Connections connections = new Connections(settings)) {
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            long id = connections.with(deadline, (jedis, again) -> jedis.clientId(), false);
            assertThatThrownBy(
                            () -> connections.with(deadline, (jedis, again) -> jedis.eval("return nonsense("), false))
                    .isInstanceOf(JedisDataException.class);
            long after = connections.with(deadline, (jedis, again) -> jedis.clientId(), false);
            assertThat(after).isEqualTo(id);
        }
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
