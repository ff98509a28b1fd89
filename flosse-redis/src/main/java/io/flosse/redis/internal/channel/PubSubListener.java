package io.flosse.redis.internal.channel;

import io.flosse.redis.internal.connection.Backoff;
import io.flosse.redis.internal.connection.ListeningConnection;
import io.flosse.redis.internal.connection.RedisSettings;
import io.flosse.redis.internal.connection.RedisStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Hears from Redis that a channel has news: one connection for all channels of this machine, on Pub/Sub. What is heard is
 * only that there is something to read, so nothing is lost with a message that is.
 */
public final class PubSubListener implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final Duration PING = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final RedisSettings settings;
    private final RedisStore store;

    /** By the name that their news have in Redis, which is that of their stream. */
    private final Map<String, RedisChannel> channels = new ConcurrentHashMap<>();

    private final Thread listener = Thread.ofVirtual().name("flosse-redis").unstarted(this::listen);
    private final Thread pinger = Thread.ofVirtual().name("flosse-redis-ping").unstarted(this::ping);

    private volatile @Nullable ListeningConnection current;
    private volatile boolean closed;

    public PubSubListener(RedisSettings settings, RedisStore store) {
        this.settings = settings;
        this.store = store;
        listener.start();
        pinger.start();
    }

    /** From now on, and after each time that the connection was lost, the channel hears that there is news. */
    public void watch(RedisChannel channel) {
        String key = settings.key(channel.name());
        channels.put(key, channel);
        tell(connection -> connection.subscribe(RedisStore.bytes(key)));
    }

    public void forget(RedisChannel channel) {
        String key = settings.key(channel.name());
        if (channels.remove(key, channel)) {
            tell(connection -> connection.unsubscribe(RedisStore.bytes(key)));
            if (channels.containsKey(key)) {
                // Another life of the channel has come between.
                tell(connection -> connection.subscribe(RedisStore.bytes(key)));
            }
        }
    }

    private interface Message {
        void send(ListeningConnection connection);
    }

    /** A connection that breaks is the listener's business. */
    private void tell(Message message) {
        ListeningConnection connection = current;
        if (connection != null) {
            try {
                message.send(connection);
            } catch (JedisException e) {
                LOGGER.log(Level.DEBUG, "The connection that listens to Redis at " + settings.address() + " broke", e);
            }
        }
    }

    private void listen() {
        Backoff backoff = new Backoff(LONGEST_PAUSE);
        boolean away = false;
        while (!closed) {
            try (ListeningConnection connection = store.listen(PING.plus(settings.timeout()))) {
                current = connection;
                connection.subscribe(names());
                while (!closed) {
                    hear(connection.read());
                    backoff.reset();
                    if (away) {
                        away = false;
                        LOGGER.log(Level.INFO, "Redis at " + settings.address() + " is back");
                    }
                }
            } catch (JedisException e) {
                if (!away && !closed) {
                    away = true;
                    LOGGER.log(Level.WARNING, "Redis at " + settings.address() + " is away: " + e.getMessage());
                }
            }
            current = null;
            store.forgetIdle();
            pause(backoff.next());
        }
    }

    /** One more than the channels, so that there is always something to listen to. */
    private byte[][] names() {
        List<String> names = List.copyOf(channels.keySet());
        byte[][] all = new byte[names.size() + 1][];
        for (int i = 0; i < names.size(); i++) {
            all[i] = RedisStore.bytes(names.get(i));
        }
        all[names.size()] = RedisStore.bytes(settings.prefix() + "silence");
        return all;
    }

    private void hear(List<?> message) {
        if (message.size() < 3) {
            return; // the answer to a ping
        }
        RedisChannel channel = channels.get(RedisStore.text(message.get(1)));
        if (channel == null) {
            return;
        }
        switch (RedisStore.text(message.get(0))) {
            case "message" -> channel.news();
            case "subscribe" -> channel.check(); // there may have been news before, and an outage
            default -> {}
        }
    }

    /** So that a connection on which nothing comes any more is told from one on which there is nothing to tell. */
    private void ping() {
        while (!closed) {
            pause(PING);
            if (!closed) {
                tell(ListeningConnection::sayPing);
            }
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException closing) {
            // The caller's loop ends.
        }
    }

    @Override
    public void close() {
        closed = true;
        listener.interrupt();
        pinger.interrupt();
        tell(ListeningConnection::disconnect);
    }
}
