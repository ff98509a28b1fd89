package io.flosse.redis.internal.connection;

import io.flosse.channel.ChannelUnavailableException;
import io.flosse.redis.internal.connection.RedisStore.Question;
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
 * The connections to one Redis. Jedis's own pool has a time for each of waiting, connecting and reading; here one deadline
 * holds for all three.
 */
final class Connections implements AutoCloseable {

    private static final int MOST = 16;

    private final RedisSettings settings;
    private final Semaphore permits = new Semaphore(MOST);
    private final ConcurrentLinkedDeque<Jedis> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    Connections(RedisSettings settings) {
        this.settings = settings;
    }

    <T> T with(long deadline, Question<T> question, boolean again) {
        if (!acquire(deadline)) {
            throw new JedisConnectionException("All " + MOST + " connections are in use");
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
                jedis = open(left(deadline));
            }
            jedis.getConnection().setSoTimeout(left(deadline));
            T answer = question.ask(jedis, again);
            usable = true;
            return answer;
        } catch (JedisDataException e) {
            usable = !RedisStore.isAway(e); // another one may lead to a Redis that can do it
            throw e;
        } catch (JedisConnectionException e) {
            forgetIdle();
            throw e;
        } finally {
            release(jedis, usable);
            permits.release();
        }
    }

    private boolean acquire(long deadline) {
        try {
            return permits.tryAcquire(left(deadline), TimeUnit.MILLISECONDS);
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
                forgetIdle();
            }
        } else {
            drop(jedis);
        }
    }

    private static int left(long deadline) {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
    }

    private Jedis open(int timeoutMillis) {
        return new Jedis(hostAndPort(), config(timeoutMillis, timeoutMillis));
    }

    ListeningConnection listen(Duration silence) {
        return new ListeningConnection(
                hostAndPort(), config((int) settings.timeout().toMillis(), (int) silence.toMillis()));
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
            secure(config);
        }
        return config.build();
    }

    @SuppressWarnings("deprecation") // what replaces it takes files, and no SSLContext
    private void secure(DefaultJedisClientConfig.Builder config) {
        SSLParameters checksTheName = new SSLParameters();
        checksTheName.setEndpointIdentificationAlgorithm("HTTPS");
        config.ssl(true).sslParameters(checksTheName);
        Optional<SSLContext> context = settings.sslContext();
        context.ifPresent(given -> config.sslSocketFactory(given.getSocketFactory()));
    }

    void forgetIdle() {
        for (Jedis jedis = idle.pollFirst(); jedis != null; jedis = idle.pollFirst()) {
            drop(jedis);
        }
    }

    private static void drop(Jedis jedis) {
        try {
            jedis.getConnection().disconnect();
        } catch (RuntimeException e) {
            // It is closed, and that was all.
        }
    }

    @Override
    public void close() {
        closed = true;
        forgetIdle();
    }
}
