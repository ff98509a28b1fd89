package io.flosse.redis.internal.connection;

import io.flosse.channel.ChannelUnavailableException;
import io.flosse.redis.internal.connection.RedisStore.Operation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The connection pool of one Redis. One deadline covers the wait for a connection, the connect and the read. The pool
 * of Jedis has a separate timeout for each of them.
 */
final class Connections implements AutoCloseable {

    private static final int MAX_CONNECTIONS = 16;

    private final RedisSettings settings;
    private final Semaphore permits = new Semaphore(MAX_CONNECTIONS);
    private final ConcurrentLinkedDeque<Jedis> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    Connections(RedisSettings settings) {
        this.settings = settings;
    }

    /**
     * Runs an operation on a connection.
     *
     * @param deadline in {@link System#nanoTime}
     * @param repeated whether an earlier attempt may have taken effect
     */
    <T> T with(long deadline, Operation<T> operation, boolean repeated) {
        if (!acquire(deadline)) {
            throw new JedisConnectionException(
                    "All " + MAX_CONNECTIONS + " connections to Redis " + settings.address() + " are in use");
        }
        if (closed) {
            permits.release();
            throw new ChannelUnavailableException("These channels were closed", null);
        }
        Jedis jedis = null;
        boolean usable = false;
        try {
            jedis = idle.pollFirst();
            if (jedis == null) {
                jedis = open(millisUntil(deadline));
            }
            jedis.getConnection().setSoTimeout(millisUntil(deadline));
            T result = operation.run(jedis, repeated);
            usable = true;
            return result;
        } catch (JedisDataException e) {
            usable = !RedisStore.isTemporary(e); // a new connection may reach a Redis that is able to answer
            throw e;
        } catch (JedisConnectionException e) {
            closeIdle();
            throw e;
        } finally {
            release(jedis, usable);
            permits.release();
        }
    }

    private boolean acquire(long deadline) {
        try {
            return permits.tryAcquire(millisUntil(deadline), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void release(@Nullable Jedis jedis, boolean usable) {
        if (jedis == null) {
            return;
        }
        if (usable) {
            idle.addFirst(jedis);
            if (closed) {
                closeIdle();
            }
        } else {
            disconnect(jedis);
        }
    }

    private static int millisUntil(long deadline) {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
    }

    private Jedis open(int timeoutMillis) {
        return new Jedis(hostAndPort(), config(timeoutMillis, timeoutMillis));
    }

    ListeningConnection listen(Duration readTimeout) {
        return new ListeningConnection(
                hostAndPort(), config((int) settings.timeout().toMillis(), (int) readTimeout.toMillis()));
    }

    private HostAndPort hostAndPort() {
        return new HostAndPort(settings.address().host(), settings.address().port());
    }

    private JedisClientConfig config(int connectMillis, int readMillis) {
        RedisAddress address = settings.address();
        DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
                .resp2()
                .autoNegotiateProtocol(false)
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .connectionTimeoutMillis(connectMillis)
                .socketTimeoutMillis(readMillis)
                .database(address.database());
        address.user().ifPresent(config::user);
        address.password().ifPresent(config::password);
        if (address.tls()) {
            configureTls(config);
        }
        return config.build();
    }

    @SuppressWarnings("deprecation") // its replacement takes files, not an SSLContext
    private void configureTls(DefaultJedisClientConfig.Builder config) {
        SSLParameters parameters = new SSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        config.ssl(true).sslParameters(parameters);
        Optional<SSLContext> context = settings.sslContext();
        context.ifPresent(value -> config.sslSocketFactory(value.getSocketFactory()));
    }

    void closeIdle() {
        for (Jedis jedis = idle.pollFirst(); jedis != null; jedis = idle.pollFirst()) {
            disconnect(jedis);
        }
    }

    private static void disconnect(Jedis jedis) {
        try {
            jedis.getConnection().disconnect();
        } catch (RuntimeException e) {
            // The connection was broken; nothing is left to do.
        }
    }

    @Override
    public void close() {
        closed = true;
        closeIdle();
    }
}
