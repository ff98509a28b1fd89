package io.flosse.helidon;

import io.flosse.StreamInfo;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.admission.RuntimeFilter;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.flosse.helidon.internal.settings.FeatureSettings;
import io.flosse.helidon.internal.transport.Http2Limits;
import io.flosse.internal.Durations;
import io.helidon.common.Weighted;
import io.helidon.config.Config;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.spi.ServerFeature;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What flosse does for a whole server: defaults for its streams, a bound on their number, and their orderly end when the
 * server stops. Helidon finds it by itself on the class path.
 *
 * <p>It is configured under {@code server.features.flosse}, or by {@link #builder()} and {@code
 * WebServer.builder().addFeature(...)}. Each server needs a feature of its own.
 *
 * <p>Where the version of Helidon is known, {@code WebServerConfig.Builder.build()} throws an {@link IllegalStateException} on
 * 4.4.0, which corrupts streams, and on versions before 4.3.0. What else its version or its settings do to streams, a server
 * logs when it starts.
 */
public final class FlosseFeature implements ServerFeature, Weighted {

    static final String TYPE = "flosse";

    private final FlosseRuntime runtime;

    private FlosseFeature(FeatureSettings settings) {
        this.runtime = new FlosseRuntime(settings);
    }

    /**
     * A new builder with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The feature of a running server.
     *
     * @param server the server
     * @return its feature
     * @throws IllegalStateException if it has none
     */
    public static FlosseFeature of(WebServer server) {
        return server.prototype().features().stream()
                .filter(FlosseFeature.class::isInstance)
                .map(FlosseFeature.class::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "This server has no FlosseFeature: add one, or leave feature discovery on"));
    }

    /**
     * The streams that are open on this server now.
     *
     * @return a snapshot
     */
    public List<StreamInfo> streams() {
        return runtime.streams();
    }

    /**
     * Ends the open streams of some identities on this server, and refuses for the moment those that are being opened. Their
     * clients may reconnect and meet the gates again, so take away first what let them in.
     *
     * @param whom which identities; anonymous streams are never asked for
     * @return how many open streams were ended
     */
    public int revoke(Predicate<Identity> whom) {
        return runtime.revoke(whom);
    }

    /**
     * Ends all streams and refuses new ones from now on. Each client gets a last {@code retry:}, drawn at random and no
     * smaller than the grace, so that they do not all come back at once; then each generator is interrupted.
     *
     * @param grace how long to wait for clients that are slow to take their last frame, and for generators that are slow
     *     to end; what has not ended then is cut
     * @return how many streams had to be cut
     */
    public int drain(Duration grace) {
        return runtime.drain(Durations.notNegative("grace", grace));
    }

    @Override
    public void setup(ServerFeatureContext context) {
        runtime.setup();
        FeatureSettings settings = runtime.settings();
        new Http2Limits(settings.maxResetsPerSecond(), settings.h2cUpgrade()).applyTo(context.serverConfig());
        for (String socket : sockets(context)) {
            context.socket(socket).httpRouting().addFilter(new RuntimeFilter(runtime));
        }
    }

    private static Set<String> sockets(ServerFeatureContext context) {
        Set<String> sockets = new LinkedHashSet<>(context.sockets());
        sockets.add(WebServer.DEFAULT_SOCKET_NAME);
        return sockets;
    }

    @Override
    public String name() {
        return TYPE;
    }

    @Override
    public String type() {
        return TYPE;
    }

    /** Before the features that add routes, so that its filter is before theirs. */
    @Override
    public double weight() {
        return DEFAULT_WEIGHT + 500;
    }

    /** Builds a {@link FlosseFeature}. The keys of the configuration are given with each option. */
    public static final class Builder implements io.helidon.common.Builder<Builder, FlosseFeature> {

        private Optional<Duration> retry = FlosseRuntime.DEFAULTS.retry();
        private Duration heartbeat = FlosseRuntime.DEFAULTS.heartbeat();
        private Duration writeTimeout = FlosseRuntime.DEFAULTS.writeTimeout();
        private Optional<Duration> maxDuration = FlosseRuntime.DEFAULTS.maxDuration();
        private int maxStreams = FlosseRuntime.DEFAULTS.maxStreams();
        private int maxStreamsPerConnection = FlosseRuntime.DEFAULTS.maxStreamsPerConnection();
        private int maxResetsPerSecond = FlosseRuntime.DEFAULTS.maxResetsPerSecond();
        private boolean h2cUpgrade = FlosseRuntime.DEFAULTS.h2cUpgrade();
        private Duration drainGrace = FlosseRuntime.DEFAULTS.drainGrace();
        private Duration reconnectSpread = FlosseRuntime.DEFAULTS.reconnectSpread();
        private int trustedHops = FlosseRuntime.DEFAULTS.trustedHops();
        private Duration bodyTimeout = FlosseRuntime.DEFAULTS.bodyTimeout();
        private List<Authenticator> authenticators = FlosseRuntime.DEFAULTS.authenticators();
        private Consumer<StreamInfo> listener = FlosseRuntime.DEFAULTS.listener();
        private Optional<String> helidon = FlosseRuntime.DEFAULTS.helidon();

        Builder() {}

        /**
         * Takes the options that a configuration holds.
         *
         * @param config the node of the feature, such as {@code server.features.flosse}
         * @return this builder
         */
        public Builder config(Config config) {
            config.get("heartbeat").as(Duration.class).ifPresent(this::heartbeat);
            config.get("retry").as(Duration.class).ifPresent(this::retry);
            config.get("write-timeout").as(Duration.class).ifPresent(this::writeTimeout);
            config.get("max-duration").as(Duration.class).ifPresent(this::maxDuration);
            config.get("max-streams").asInt().ifPresent(this::maxStreams);
            config.get("max-streams-per-connection").asInt().ifPresent(this::maxStreamsPerConnection);
            config.get("max-resets-per-second").asInt().ifPresent(this::maxResetsPerSecond);
            config.get("h2c-upgrade")
                    .asString()
                    .map(value -> strictBoolean("h2c-upgrade", value))
                    .ifPresent(this::h2cUpgrade);
            config.get("drain-grace").as(Duration.class).ifPresent(this::drainGrace);
            config.get("body-timeout").as(Duration.class).ifPresent(this::bodyTimeout);
            config.get("trusted-hops").asInt().ifPresent(this::trustedHops);
            config.get("reconnect-spread").as(Duration.class).ifPresent(this::reconnectSpread);
            return this;
        }

        /**
         * The first frame's {@code retry} where a route has none; {@code retry}.
         *
         * @param retry how long clients wait before they reconnect; none by default
         * @return this builder
         */
        public Builder retry(Duration retry) {
            this.retry = Optional.of(Durations.notNegative("retry", retry));
            return this;
        }

        /**
         * After how long a silence a comment is written; {@code heartbeat}.
         *
         * @param heartbeat the interval, 15 s by default; zero turns heartbeats off
         * @return this builder
         */
        public Builder heartbeat(Duration heartbeat) {
            this.heartbeat = Durations.notNegative("heartbeat", heartbeat);
            return this;
        }

        /**
         * How long a client may take for a piece of at most 16 KiB; {@code write-timeout}.
         *
         * @param writeTimeout the timeout, 30 s by default
         * @return this builder
         */
        public Builder writeTimeout(Duration writeTimeout) {
            this.writeTimeout = Durations.positive("write-timeout", writeTimeout);
            return this;
        }

        /**
         * When a stream ends at the latest, where its route does not say; {@code max-duration}.
         *
         * @param maxDuration the duration, of which up to a tenth is taken off at random; none by default
         * @return this builder
         */
        public Builder maxDuration(Duration maxDuration) {
            this.maxDuration = Optional.of(Durations.positive("max-duration", maxDuration));
            return this;
        }

        /**
         * How many streams may be open at once; {@code max-streams}. More are refused for the moment, with 503.
         *
         * @param maxStreams the number, unbounded by default
         * @return this builder
         */
        public Builder maxStreams(int maxStreams) {
            if (maxStreams < 1) {
                throw new IllegalArgumentException("max-streams must be at least 1, but is " + maxStreams);
            }
            this.maxStreams = maxStreams;
            return this;
        }

        /**
         * How many streams of one HTTP/2 connection may be open at once; {@code max-streams-per-connection}. More are refused for
         * the moment, with 503. Raise it where a proxy in front of this server sends the requests of many clients over one
         * connection.
         *
         * @param maxStreamsPerConnection the number, at least 1; 100 by default
         * @return this builder
         */
        public Builder maxStreamsPerConnection(int maxStreamsPerConnection) {
            if (maxStreamsPerConnection < 1) {
                throw new IllegalArgumentException(
                        "max-streams-per-connection must be at least 1, but is " + maxStreamsPerConnection);
            }
            this.maxStreamsPerConnection = maxStreamsPerConnection;
            return this;
        }

        /**
         * How many streams of one HTTP/2 connection, of any route, its client may reset in a second; {@code
         * max-resets-per-second}. With one more the connection is ended (GOAWAY, ENHANCE_YOUR_CALM). Raise it where a proxy in
         * front of this server sends the requests of many clients over one connection.
         *
         * @param maxResetsPerSecond the number, 200 by default; 0 is unbounded
         * @return this builder
         */
        public Builder maxResetsPerSecond(int maxResetsPerSecond) {
            if (maxResetsPerSecond < 0) {
                throw new IllegalArgumentException(
                        "max-resets-per-second must not be negative, but is " + maxResetsPerSecond);
            }
            this.maxResetsPerSecond = maxResetsPerSecond;
            return this;
        }

        /**
         * Whether a client may upgrade a connection from HTTP/1.1 to HTTP/2 ({@code Upgrade: h2c}), where
         * helidon-webserver-http2 is there; {@code h2c-upgrade}. RFC 9113 has deprecated it, and no browser uses it. Prior
         * knowledge and TLS are not concerned. Where it is refused, the request is answered on HTTP/1.1.
         *
         * @param h2cUpgrade true by default, as Helidon does
         * @return this builder
         */
        public Builder h2cUpgrade(boolean h2cUpgrade) {
            this.h2cUpgrade = h2cUpgrade;
            return this;
        }

        /**
         * How long a stopping server waits for its streams; {@code drain-grace}.
         *
         * @param drainGrace the grace, 5 s by default
         * @return this builder
         */
        public Builder drainGrace(Duration drainGrace) {
            this.drainGrace = Durations.notNegative("drain-grace", drainGrace);
            return this;
        }

        /**
         * Over how long a time the clients of a drained server come back; {@code reconnect-spread}.
         *
         * @param reconnectSpread the width of the random choice, 5 s by default
         * @return this builder
         */
        public Builder reconnectSpread(Duration reconnectSpread) {
            this.reconnectSpread = Durations.notNegative("reconnect-spread", reconnectSpread);
            return this;
        }

        /**
         * How many proxies in front of this server are trusted to have written {@code X-Forwarded-For}; {@code
         * trusted-hops}.
         *
         * @param trustedHops the number; 0 by default, which believes nothing of that header
         * @return this builder
         */
        public Builder trustedHops(int trustedHops) {
            if (trustedHops < 0) {
                throw new IllegalArgumentException("trusted-hops must not be negative, but is " + trustedHops);
            }
            this.trustedHops = trustedHops;
            return this;
        }

        /**
         * How long a request may take to send its body; {@code body-timeout}. On HTTP/1.1 the connection is closed then, on
         * HTTP/2 the answer is 408.
         *
         * @param bodyTimeout the timeout, 30 s by default
         * @return this builder
         */
        public Builder bodyTimeout(Duration bodyTimeout) {
            this.bodyTimeout = Durations.positive("body-timeout", bodyTimeout);
            return this;
        }

        /**
         * Who is asking, where a route does not say.
         *
         * @param authenticators the authenticators, {@link Flosse#helidonSecurity()} by default
         * @return this builder
         */
        public Builder authenticators(Authenticator... authenticators) {
            this.authenticators = List.of(authenticators);
            return this;
        }

        /**
         * What is told of each stream when it has ended, on the stream's thread; it must not block.
         *
         * @param listener the listener; what it throws is logged
         * @return this builder
         */
        public Builder listener(Consumer<StreamInfo> listener) {
            this.listener = listener;
            return this;
        }

        /** For tests: the version that is taken for Helidon's; null where it cannot be known. */
        public Builder helidon(@Nullable String version) {
            this.helidon = Optional.ofNullable(version);
            return this;
        }

        /** Helidon takes anything but {@code true} for false. */
        private static boolean strictBoolean(String key, String value) {
            if (!value.equals("true") && !value.equals("false")) {
                throw new IllegalArgumentException(key + " must be true or false, but is " + value);
            }
            return value.equals("true");
        }

        FeatureSettings settings() {
            return new FeatureSettings(
                    retry,
                    heartbeat,
                    writeTimeout,
                    maxDuration,
                    maxStreams,
                    maxStreamsPerConnection,
                    maxResetsPerSecond,
                    h2cUpgrade,
                    drainGrace,
                    reconnectSpread,
                    trustedHops,
                    bodyTimeout,
                    authenticators,
                    listener,
                    helidon);
        }

        @Override
        public FlosseFeature build() {
            return new FlosseFeature(settings());
        }
    }
}
