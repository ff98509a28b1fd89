package io.flosse.redis.internal.connection;

import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What the builder was told. */
public record RedisSettings(
        RedisAddress address, String prefix, Duration timeout, Duration jobLease, Optional<SSLContext> sslContext) {

    /** The key of a channel's stream. The braces keep all keys of one channel in one slot of a cluster. */
    public String key(String channel) {
        return prefix + "{" + channel + "}";
    }
}
