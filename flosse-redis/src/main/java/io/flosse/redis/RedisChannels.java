package io.flosse.redis;

import io.flosse.channel.Channels;
import io.flosse.internal.channel.ChannelRegistry;
import io.flosse.redis.internal.RedisBackend;
import io.flosse.redis.internal.connection.RedisAddress;
import io.flosse.redis.internal.connection.RedisSettings;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Channels on Redis Streams, shared by all machines that name the same Redis and prefix. Redis 6.2 or newer.
 *
 * <pre>{@code
 * Channels channels = RedisChannels.create("rediss://app:secret@redis.example:6380/0").historyEvents(500);
 * }</pre>
 *
 * <p>An event's id is its entry's id in the stream. While Redis is away publishing throws
 * {@link io.flosse.channel.ChannelUnavailableException}, subscribers stay connected, and when it is back they carry on after
 * the last event that they have had. Events that Redis has lost, by {@code FLUSHALL}, by a failover or because a machine was
 * too slow for its history, are told by {@code event: gap}.
 *
 * <p>A history's bounds hold for what is replayed; Redis keeps somewhat more, so that machines which are behind still find
 * it. Nothing is connected before the first use. A machine takes one connection that listens and up to 16 that work,
 * however many channels it has.
 *
 * <p>The user named in the URI needs the keys {@code <prefix>*}, the Pub/Sub channels {@code <prefix>*} and the commands
 * {@code EVAL}, {@code EVALSHA}, {@code XADD}, {@code XRANGE}, {@code XREVRANGE}, {@code XTRIM}, {@code PEXPIRE}, {@code
 * TIME}, {@code GET}, {@code SET}, {@code EXISTS}, {@code DEL}, {@code PUBLISH}, {@code SUBSCRIBE}, {@code UNSUBSCRIBE} and
 * {@code PING}.
 */
public final class RedisChannels {

    private RedisChannels() {}

    /**
     * Channels on a Redis, with the defaults.
     *
     * @param uri as for {@link #builder}
     * @return a new family
     * @throws IllegalArgumentException if it is no such URI; the message never quotes it
     */
    public static Channels create(String uri) {
        return builder(uri).build();
    }

    /**
     * Channels on a Redis.
     *
     * @param uri {@code redis://user:password@host:port/database}, or {@code rediss://} for TLS; all but the host can be left
     *     out, and the password never shows in a log or an exception
     * @return a builder with the defaults
     * @throws IllegalArgumentException if it is no such URI; the message never quotes it
     */
    public static Builder builder(String uri) {
        return new Builder(RedisAddress.parse(uri));
    }

    /** How the channels use their Redis. */
    public static final class Builder {

        private final RedisAddress address;
        private String prefix = "flosse:";
        private Duration timeout = Duration.ofSeconds(2);
        private Duration jobLease = Duration.ofSeconds(10);
        private Optional<SSLContext> sslContext = Optional.empty();

        private Builder(RedisAddress address) {
            this.address = address;
        }

        /**
         * With what the names of all keys begin, and of the Pub/Sub channels that tell of news.
         *
         * @param start 1 to 64 characters, of the letters and digits of ASCII and {@code . _ : -}; {@code flosse:} by default
         * @return this builder
         * @throws IllegalArgumentException if it has others
         */
        public Builder prefix(String start) {
            if (!start.matches("[A-Za-z0-9._:-]{1,64}")) {
                throw new IllegalArgumentException(
                        "A prefix must have 1 to 64 characters of a-z A-Z 0-9 . _ : - and no others");
            }
            prefix = start;
            return this;
        }

        /**
         * How long a publish or a subscribe waits for a Redis that does not answer before it throws. A subscribe may take twice
         * as long, where it first waits for another to the same channel.
         *
         * @param most the time, 2 seconds by default
         * @return this builder
         * @throws IllegalArgumentException if it is not between 10 milliseconds and a day
         */
        public Builder timeout(Duration most) {
            timeout = between("timeout", most, Duration.ofMillis(10));
            return this;
        }

        /**
         * How long after the death of its machine a job is told as lost. A machine that can't reach Redis for so long may lose
         * its jobs as well.
         *
         * @param time the time, 10 seconds by default
         * @return this builder
         * @throws IllegalArgumentException if it is not between 3 seconds and a day: leases are prolonged each second
         */
        public Builder jobLease(Duration time) {
            jobLease = between("jobLease", time, Duration.ofSeconds(3));
            return this;
        }

        private static Duration between(String what, Duration time, Duration least) {
            if (time.compareTo(least) < 0 || time.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException(what + " must be from " + least + " to a day, but is " + time);
            }
            return time;
        }

        /**
         * What certificates to trust, and to show, with {@code rediss://}. The host's name is checked against the certificate.
         *
         * @param context the context, that of the JVM by default
         * @return this builder
         */
        public Builder sslContext(SSLContext context) {
            sslContext = Optional.of(Objects.requireNonNull(context));
            return this;
        }

        /**
         * The channels.
         *
         * @return a new family
         */
        public Channels build() {
            RedisSettings settings = new RedisSettings(address, prefix, timeout, jobLease, sslContext);
            return new ChannelRegistry(registry -> new RedisBackend(settings, registry));
        }
    }
}
