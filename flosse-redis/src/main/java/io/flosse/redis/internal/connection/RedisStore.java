package io.flosse.redis.internal.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flosse.channel.ChannelUnavailableException;
import io.flosse.internal.Causes;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Runs operations on Redis within a bounded time. If an answer did not arrive, the operation is repeated on a new
 * connection until the deadline, so each operation must be idempotent. An interrupt does not cut an operation short;
 * the interrupt status stays set.
 */
public final class RedisStore implements AutoCloseable {

    /** The prefixes of errors with which Redis reports that it is temporarily unable to run commands. */
    private static final Set<String> TEMPORARY_ERRORS =
            Set.of("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS");

    private static final Duration MAX_BACKOFF = Duration.ofMillis(200);

    private final RedisSettings settings;
    private final Connections connections;

    public RedisStore(RedisSettings settings) {
        this.settings = settings;
        this.connections = new Connections(settings);
    }

    /** An operation on Redis. */
    public interface Operation<T> {

        /**
         * Runs the operation.
         *
         * @param repeated whether an earlier attempt may have taken effect
         */
        T run(Jedis jedis, boolean repeated);
    }

    /**
     * Runs an operation and returns its result.
     *
     * @param description what the operation does, for the exception
     * @throws ChannelUnavailableException if there was no answer within the timeout, or Redis refused the operation
     */
    public <T> T execute(String description, Operation<T> operation) {
        boolean interrupted = Thread.interrupted();
        Backoff backoff = new Backoff(MAX_BACKOFF);
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        boolean repeated = false;
        JedisException first = null;
        try {
            while (true) {
                JedisException failure;
                try {
                    return connections.with(deadline, operation, repeated);
                } catch (JedisConnectionException e) {
                    if (isUntrustedCertificate(e)) {
                        throw failed(
                                description, "the certificate of Redis " + settings.address() + " is not trusted", e);
                    }
                    failure = e;
                    repeated = true;
                } catch (JedisDataException e) {
                    if (!isTemporary(e)) {
                        throw failed(description, "Redis " + settings.address() + " refused it: " + e.getMessage(), e);
                    }
                    failure = e;
                } catch (JedisException e) {
                    failure = e;
                    repeated = true;
                }
                interrupted |= Thread.interrupted();
                interrupted |= pause(backoff.next(), deadline);
                if (System.nanoTime() - deadline >= 0) {
                    if (first != null) {
                        failure.addSuppressed(first); // the last failure may only say that no time was left
                    }
                    throw failed(
                            description,
                            "Redis " + settings.address() + " is unreachable; gave up after " + settings.timeout(),
                            failure);
                }
                first = first == null ? failure : first;
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static ChannelUnavailableException failed(String description, String reason, JedisException cause) {
        return new ChannelUnavailableException(description + " failed: " + reason, cause);
    }

    /** Returns whether the pause was interrupted. */
    private static boolean pause(Duration pause, long deadline) {
        try {
            Thread.sleep(Duration.ofNanos(Math.clamp(deadline - System.nanoTime(), 0, pause.toNanos())));
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Returns whether the TLS handshake failed because of a certificate: repeating it would not help. */
    private static boolean isUntrustedCertificate(JedisConnectionException e) {
        return Causes.any(e, CertificateException.class::isInstance);
    }

    static boolean isTemporary(JedisDataException e) {
        String message = String.valueOf(e.getMessage());
        int space = message.indexOf(' ');
        return TEMPORARY_ERRORS.contains(space < 0 ? message : message.substring(0, space));
    }

    /** Runs a script and returns its result. */
    public Object run(String description, Script script, List<byte[]> keys, List<byte[]> arguments) {
        return execute(description, (jedis, repeated) -> script.run(jedis, keys, arguments));
    }

    /** Returns the key of a channel's stream. */
    public byte[] key(String channel) {
        return bytes(settings.key(channel));
    }

    /** Returns the key of the stream of a channel's events that are larger than its history. */
    public byte[] largeKey(String channel) {
        return bytes(settings.key(channel) + ":large");
    }

    /**
     * Opens a connection for Pub/Sub, which the caller closes.
     *
     * @param readTimeout how long the connection may be silent
     */
    public ListeningConnection listen(Duration readTimeout) {
        return connections.listen(readTimeout);
    }

    /** Closes the idle connections. Called after one connection broke, because the others have probably broken too. */
    public void closeIdle() {
        connections.closeIdle();
    }

    public static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    public static byte[] bytes(long number) {
        return bytes(Long.toString(number));
    }

    public static String text(Object bytes) {
        return new String((byte[]) bytes, UTF_8);
    }

    @Override
    public void close() {
        connections.close();
    }
}
