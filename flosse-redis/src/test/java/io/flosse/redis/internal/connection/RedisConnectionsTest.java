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

/** Connections and backends after they were closed, and after Redis refused a command. */
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
    void closedBackendRefusesOperations() {
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
    void connectionIsReusedAfterARefusedCommand() {
        try (Connections connections = new Connections(settings)) {
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            long id = connections.with(deadline, (jedis, repeated) -> jedis.clientId(), false);
            assertThatThrownBy(() ->
                            connections.with(deadline, (jedis, repeated) -> jedis.eval("return nonsense("), false))
                    .isInstanceOf(JedisDataException.class);
            long after = connections.with(deadline, (jedis, repeated) -> jedis.clientId(), false);
            assertThat(after).isEqualTo(id);
        }
    }

    /**
     * By default Jedis reconnects when a command is sent on a closed connection. Nothing would close that connection.
     */
    @Test
    void closedListeningConnectionDoesNotReconnect() {
        try (Connections connections = new Connections(settings);
                ListeningConnection connection = connections.listen(Duration.ofSeconds(1))) {
            connection.sendPing();
            connection.disconnect();
            assertThatThrownBy(connection::sendPing).isInstanceOf(JedisConnectionException.class);
        }
    }
}
