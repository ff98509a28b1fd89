package io.flosse.redis;

import io.flosse.channel.Channels;
import io.flosse.internal.channel.ChannelsBuilder;
import io.flosse.internal.channel.OpenChannels;
import io.flosse.redis.internal.RedisBackend;
import io.flosse.redis.internal.connection.RedisAddress;
import io.flosse.redis.internal.connection.RedisSettings;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Channels and jobs on Redis Streams, shared by all servers that use the same Redis and prefix. Needs Redis 6.2 or
 * newer.
 *
 * <pre>{@code
 * FlosseRedis redis = FlosseRedis.connect("rediss://app:secret@redis.example:6380/0");
 * Channels channels = redis.channels().historyEvents(500).build();
 * }</pre>
 *
 * <p>The id of an event is the id of its entry in the stream. While Redis is unreachable, publishing throws
 * {@link io.flosse.channel.ChannelUnavailableException} and subscribers stay connected. When Redis is reachable again,
 * subscribers continue after the last event that they received. Events can be lost in Redis: by {@code FLUSHALL}, by a
 * failover, or because a server was too slow for the history. Such a loss is reported by
 * {@code event: gap}.
 *
 * <p>The bounds of a history limit what is replayed. Redis keeps somewhat more, so that slow servers still find the
 * events that they have not read. No connection is opened before the first use of the channels. A registry opens one
 * connection for Pub/Sub and up to 16 for commands, independent of the number of its channels.
 *
 * <p>The user named in the URI needs the keys {@code <prefix>*}, the Pub/Sub channels {@code <prefix>*} and the
 * commands {@code EVAL}, {@code EVALSHA}, {@code XADD}, {@code XRANGE}, {@code XREVRANGE}, {@code XTRIM},
 * {@code PEXPIRE}, {@code TIME}, {@code GET}, {@code SET}, {@code EXISTS}, {@code DEL}, {@code PUBLISH},
 * {@code SUBSCRIBE}, {@code UNSUBSCRIBE} and {@code PING}.
 *
 * <p>Thread-safe.
 */
public final class FlosseRedis implements AutoCloseable {

    private final OpenChannels open = new OpenChannels();
    private final RedisSettings settings;

    private FlosseRedis(RedisSettings settings) {
        this.settings = settings;
    }

    /**
     * Returns the entry to a Redis, with the default options. Does not wait for Redis: the first use of the channels
     * opens the connections.
     *
     * @param uri as for {@link #builder}
     * @return a new instance
     * @throws IllegalArgumentException if the URI is not valid; the message never quotes it
     */
    public static FlosseRedis connect(String uri) {
        return builder(uri).build();
    }

    /**
     * Returns a builder with the default options.
     *
     * @param uri {@code redis://user:password@host:port/database}, or {@code rediss://} for TLS. Everything but the
     *     host can be left out. The password never appears in a log or an exception
     * @return a new builder
     * @throws IllegalArgumentException if the URI is not valid; the message never quotes it
     */
    public static Builder builder(String uri) {
        return new Builder(RedisAddress.parse(uri));
    }

    /**
     * Returns a builder of channels on this Redis, with the default options. Channels of the same name are the same on
     * all servers, whatever builder they come from; each registry that is built has connections of its own.
     *
     * @return a new builder
     */
    public Channels.Builder channels() {
        return new ChannelsBuilder(channelSettings -> new RedisBackend(settings, channelSettings), open);
    }

    /**
     * Closes all channels that were built from {@link #channels()}: cancels the jobs that run on this server, ends its
     * subscriptions and closes all connections. Closing these channels as well, before or after, does no harm.
     * Afterwards the channels throw {@link io.flosse.channel.ChannelUnavailableException}.
     */
    @Override
    public void close() {
        open.close();
    }

    /** Builds a {@link FlosseRedis}. */
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
         * Sets the beginning of the names of all keys and Pub/Sub channels.
         *
         * @param prefix 1 to 64 ASCII letters, digits and {@code . _ : -}; {@code flosse:} by default
         * @return this builder
         * @throws IllegalArgumentException if it is empty, too long or contains other characters
         */
        public Builder prefix(String prefix) {
            if (!prefix.matches("[A-Za-z0-9._:-]{1,64}")) {
                throw new IllegalArgumentException(
                        "prefix must have 1 to 64 characters of a-z A-Z 0-9 . _ : - and no others, but is '" + prefix
                                + "'");
            }
            this.prefix = prefix;
            return this;
        }

        /**
         * Sets how long a publish or a subscribe waits for Redis before it throws. A subscribe can take twice as long,
         * because it may first wait for another subscribe to the same channel.
         *
         * @param timeout the timeout, 2 seconds by default
         * @return this builder
         * @throws IllegalArgumentException if it is not between 10 milliseconds and a day
         */
        public Builder timeout(Duration timeout) {
            this.timeout = between("timeout", timeout, Duration.ofMillis(10));
            return this;
        }

        /**
         * Sets the lease of a job: the time from the death of its server until the job is reported as lost. A server
         * that can't reach Redis for this time may lose its jobs as well.
         *
         * @param jobLease the time, 10 seconds by default
         * @return this builder
         * @throws IllegalArgumentException if it is not between 3 seconds and a day; leases are renewed every second
         */
        public Builder jobLease(Duration jobLease) {
            this.jobLease = between("jobLease", jobLease, Duration.ofSeconds(3));
            return this;
        }

        private static Duration between(String option, Duration value, Duration min) {
            if (value.compareTo(min) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException(option + " must be from " + min + " to a day, but is " + value);
            }
            return value;
        }

        /**
         * Sets the certificates to trust and to present with {@code rediss://}. The name of the host is checked against
         * the certificate of Redis.
         *
         * @param sslContext the context, the default context of the JVM by default
         * @return this builder
         */
        public Builder sslContext(SSLContext sslContext) {
            this.sslContext = Optional.of(Objects.requireNonNull(sslContext));
            return this;
        }

        /**
         * Builds the entry to the Redis. Does not wait for Redis: the first use of the channels opens the connections.
         *
         * @return a new instance
         */
        public FlosseRedis build() {
            return new FlosseRedis(new RedisSettings(address, prefix, timeout, jobLease, sslContext));
        }
    }
}
