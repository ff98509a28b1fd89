package io.flosse.redis.internal.connection;

import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * The options of the builder.
 *
 * @param prefix the beginning of all keys and Pub/Sub channels
 * @param timeout the maximum time of an operation, including its repetitions
 * @param jobLease the time after which a job whose lease was not renewed is lost
 * @param sslContext the context for TLS, empty for the default of the JVM
 */
public record RedisSettings(
        RedisAddress address, String prefix, Duration timeout, Duration jobLease, Optional<SSLContext> sslContext) {

    /** Returns the key of a channel's stream. The braces keep all keys of one channel in one slot of a cluster. */
    public String key(String channel) {
        return prefix + "{" + channel + "}";
    }
}
