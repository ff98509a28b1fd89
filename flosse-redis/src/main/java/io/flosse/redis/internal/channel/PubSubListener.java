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
 * Listens for new entries by Pub/Sub, on one connection for all channels of this server. A notification only says that
 * a channel has new entries, so a lost notification loses no event.
 */
public final class PubSubListener implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final Duration PING_INTERVAL = Duration.ofSeconds(1);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(2);

    private final RedisSettings settings;
    private final RedisStore store;

    /** By the name of the Pub/Sub channel, which is the key of the stream. */
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

    /** Subscribes to the notifications of a channel. The channel is also notified after every reconnect. */
    public void add(RedisChannel channel) {
        String key = settings.key(channel.name());
        channels.put(key, channel);
        send(connection -> connection.subscribe(RedisStore.bytes(key)));
    }

    /** Unsubscribes from the notifications of a channel. */
    public void remove(RedisChannel channel) {
        String key = settings.key(channel.name());
        if (channels.remove(key, channel)) {
            send(connection -> connection.unsubscribe(RedisStore.bytes(key)));
            if (channels.containsKey(key)) {
                // A new channel with this name was added concurrently, and must not stay unsubscribed.
                send(connection -> connection.subscribe(RedisStore.bytes(key)));
            }
        }
    }

    private interface Message {
        void send(ListeningConnection connection);
    }

    /** Sends a message, if there is a connection. The listener thread replaces a broken connection. */
    private void send(Message message) {
        ListeningConnection connection = current;
        if (connection != null) {
            try {
                message.send(connection);
            } catch (JedisException e) {
                LOGGER.log(
                        Level.DEBUG,
                        "Redis " + settings.address() + ": the Pub/Sub connection broke; the listener reconnects",
                        e);
            }
        }
    }

    private void listen() {
        Backoff backoff = new Backoff(MAX_BACKOFF);
        boolean unreachable = false;
        while (!closed) {
            try (ListeningConnection connection = store.listen(PING_INTERVAL.plus(settings.timeout()))) {
                current = connection;
                connection.subscribe(subscribedNames());
                while (!closed) {
                    dispatch(connection.read());
                    backoff.reset();
                    if (unreachable) {
                        unreachable = false;
                        LOGGER.log(
                                Level.INFO,
                                "Redis " + settings.address() + " is reachable again; subscriptions continue");
                    }
                }
            } catch (JedisException e) {
                if (!unreachable && !closed) {
                    unreachable = true;
                    LOGGER.log(
                            Level.WARNING,
                            "Redis " + settings.address() + " is unreachable; retrying every " + MAX_BACKOFF.toMillis()
                                    + " ms at the latest. Reason: " + e.getMessage());
                }
            } catch (RuntimeException e) {
                LOGGER.log(
                        Level.WARNING,
                        "Redis " + settings.address() + ": the Pub/Sub listener failed; it reconnects",
                        e);
            }
            current = null;
            store.closeIdle();
            pause(backoff.next());
        }
    }

    /** Returns the names of all channels, and one more, because Redis requires at least one name. */
    private byte[][] subscribedNames() {
        List<String> names = List.copyOf(channels.keySet());
        byte[][] all = new byte[names.size() + 1][];
        for (int i = 0; i < names.size(); i++) {
            all[i] = RedisStore.bytes(names.get(i));
        }
        all[names.size()] = RedisStore.bytes(settings.prefix() + "silence");
        return all;
    }

    private void dispatch(List<?> message) {
        if (message.size() < 3) {
            return; // the answer to a ping
        }
        RedisChannel channel = channels.get(RedisStore.text(message.get(1)));
        if (channel == null) {
            return;
        }
        switch (RedisStore.text(message.get(0))) {
            case "message" -> channel.notifyNewEntries();
            case "subscribe" -> channel.verify(); // notifications may have been lost, and Redis may have lost entries
            default -> {}
        }
    }

    /** Sends pings, so that a silent connection with no answer to a ping is detected as broken by its read timeout. */
    private void ping() {
        while (!closed) {
            pause(PING_INTERVAL);
            if (!closed) {
                send(ListeningConnection::sendPing);
            }
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException closing) {
            // close() interrupts; the loop of the caller ends.
        }
    }

    @Override
    public void close() {
        closed = true;
        listener.interrupt();
        pinger.interrupt();
        send(ListeningConnection::disconnect);
    }
}
