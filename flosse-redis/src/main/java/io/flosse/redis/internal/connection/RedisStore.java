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
 * Asks Redis, within a bounded time. A question whose answer did not come is asked again on a new connection while there is
 * time, so each must do no harm if Redis had done it before. An interrupt does not cut a question short, but stays set.
 */
public final class RedisStore implements AutoCloseable {

    /** A Redis that says so answers, but can't do anything for the moment. */
    private static final Set<String> AWAY =
            Set.of("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS");

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

    private final RedisSettings settings;
    private final Connections connections;

    public RedisStore(RedisSettings settings) {
        this.settings = settings;
        this.connections = new Connections(settings);
    }

    /** What is asked. */
    public interface Question<T> {

        /**
         * Asks.
         *
         * @param again whether it may have been asked and done before
         */
        T ask(Jedis jedis, boolean again);
    }

    /**
     * The answer.
     *
     * @param what what could not be done, for the exception
     * @throws ChannelUnavailableException if there was none in time, or Redis refused
     */
    public <T> T ask(String what, Question<T> question) {
        boolean interrupted = Thread.interrupted();
        Backoff backoff = new Backoff(LONGEST_PAUSE);
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        boolean again = false;
        JedisException first = null;
        try {
            while (true) {
                JedisException failure;
                try {
                    return connections.with(deadline, question, again);
                } catch (JedisConnectionException e) {
                    if (isDistrusted(e)) {
                        throw new ChannelUnavailableException(
                                what + ": the certificate of Redis at " + settings.address() + " is not trusted", e);
                    }
                    failure = e;
                    again = true;
                } catch (JedisDataException e) {
                    if (!isAway(e)) {
                        throw new ChannelUnavailableException(
                                what + ": Redis at " + settings.address() + " refused: " + e.getMessage(), e);
                    }
                    failure = e;
                } catch (JedisException e) {
                    failure = e;
                    again = true;
                }
                interrupted |= Thread.interrupted();
                interrupted |= pause(backoff.next(), deadline);
                if (System.nanoTime() - deadline >= 0) {
                    if (first != null) {
                        failure.addSuppressed(first); // the last one may say no more than that there was no time left
                    }
                    throw new ChannelUnavailableException(
                            what + ": Redis at " + settings.address() + " is away, tried for " + settings.timeout(),
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

    /** Whether the pause was interrupted. */
    private static boolean pause(Duration pause, long deadline) {
        try {
            Thread.sleep(Duration.ofNanos(Math.clamp(deadline - System.nanoTime(), 0, pause.toNanos())));
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** No other attempt would end otherwise. */
    private static boolean isDistrusted(JedisConnectionException e) {
        return Causes.any(e, CertificateException.class::isInstance);
    }

    static boolean isAway(JedisDataException e) {
        String message = String.valueOf(e.getMessage());
        int space = message.indexOf(' ');
        return AWAY.contains(space < 0 ? message : message.substring(0, space));
    }

    /** Runs a script. */
    public Object run(String what, Script script, List<byte[]> keys, List<byte[]> arguments) {
        return ask(what, (jedis, again) -> script.run(jedis, keys, arguments));
    }

    public byte[] key(String name) {
        return bytes(settings.key(name));
    }

    /** A connection of the caller's own, for listening: it may be silent for a time. */
    public ListeningConnection listen(Duration silence) {
        return connections.listen(silence);
    }

    /** Those that wait for work have probably been cut as well. */
    public void forgetIdle() {
        connections.forgetIdle();
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
