package io.flosse.helidon;

import io.flosse.StreamInfo;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.admission.RuntimeFilter;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.flosse.helidon.internal.settings.FeatureSettings;
import io.flosse.helidon.internal.settings.RouteSettings;
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
 * The Helidon server feature of flosse. It holds the defaults for the streams of one server, limits their number, and
 * drains them when the server stops. Helidon discovers it on the class path.
 *
 * <p>It is configured under {@code server.features.flosse}, or by {@link #builder()} and {@code
 * WebServer.builder().addFeature(...)}. Each server needs its own instance.
 *
 * <p>If the version of Helidon is known, {@code WebServerConfig.Builder.build()} throws an {@link
 * IllegalStateException} for 4.4.0, which corrupts streams, and for versions before 4.3.0. A starting server logs all
 * other effects of its version and its settings on streams.
 */
public final class FlosseFeature implements ServerFeature, Weighted {

    static final String TYPE = "flosse";

    private final FlosseRuntime runtime;

    private FlosseFeature(FeatureSettings settings) {
        this.runtime = new FlosseRuntime(settings);
    }

    /**
     * Creates a builder with the default options.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the feature of a server.
     *
     * @param server the server
     * @return its feature
     * @throws IllegalStateException if the server has no such feature
     */
    public static FlosseFeature of(WebServer server) {
        return server.prototype().features().stream()
                .filter(FlosseFeature.class::isInstance)
                .map(FlosseFeature.class::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "This server has no FlosseFeature: add one, or enable feature discovery"));
    }

    /**
     * Returns the streams that are open on this server.
     *
     * @return a snapshot
     */
    public List<StreamInfo> streams() {
        return runtime.streams();
    }

    /**
     * Ends the open streams of the matching identities on this server, and temporarily refuses those that are being
     * opened.
     *
     * <p>Their clients may reconnect and are then authenticated and checked again. So revoke their credentials or
     * permissions first.
     *
     * @param identities matches the identities whose streams end; it is never called for anonymous streams
     * @return the number of open streams that are ended
     */
    public int revoke(Predicate<Identity> identities) {
        return runtime.revoke(identities);
    }

    /**
     * Ends all streams and refuses new ones from now on. Returns when all have ended, at the latest after the grace
     * period.
     *
     * <p>Each client gets a final {@code retry:} frame. Its value is the rest of the grace period plus a random part, so
     * that the clients do not reconnect all at once. Then each generator is interrupted, unless its route has {@link
     * SseRoute#interruptOnLeave interruptOnLeave(false)}.
     *
     * <p>Streams of a route with {@link SseRoute#finishOnDrain() finishOnDrain()} are left alone at first. They are ended
     * in the same way when only a tenth of the grace period is left, at most 1 s.
     *
     * @param grace the time to wait for slow clients to read the last frame, and for slow generators to return; streams
     *     still open after that time are cut off
     * @return the number of streams that were cut off
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

    /** Returns a weight above that of features that add routes, so that this feature's filter runs before theirs. */
    @Override
    public double weight() {
        return DEFAULT_WEIGHT + 500;
    }

    /** The builder of a {@link FlosseFeature}. Each option names its configuration key. */
    public static final class Builder implements io.helidon.common.Builder<Builder, FlosseFeature> {

        private Optional<Duration> retry = FlosseRuntime.DEFAULTS.retry();
        private Duration heartbeat = FlosseRuntime.DEFAULTS.heartbeat();
        private Duration writeTimeout = FlosseRuntime.DEFAULTS.writeTimeout();
        private Optional<Duration> maxDuration = FlosseRuntime.DEFAULTS.maxDuration();
        private int maxStreams = FlosseRuntime.DEFAULTS.maxStreams();
        private int maxStreamsPerConnection = FlosseRuntime.DEFAULTS.maxStreamsPerConnection();
        private boolean refuseWithStatus = FlosseRuntime.DEFAULTS.refuseWithStatus();
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
         * Reads the options from a configuration; absent keys change nothing.
         *
         * @param config the configuration node of the feature, such as {@code server.features.flosse}
         * @return this builder
         */
        public Builder config(Config config) {
            config.get("heartbeat").as(Duration.class).ifPresent(this::heartbeat);
            config.get("retry").as(Duration.class).ifPresent(this::retry);
            config.get("write-timeout").as(Duration.class).ifPresent(this::writeTimeout);
            config.get("max-duration").as(Duration.class).ifPresent(this::maxDuration);
            config.get("max-streams").asInt().ifPresent(this::maxStreams);
            config.get("max-streams-per-connection").asInt().ifPresent(this::maxStreamsPerConnection);
            config.get("refuse-with-status")
                    .asString()
                    .map(value -> strictBoolean("refuse-with-status", value))
                    .ifPresent(this::refuseWithStatus);
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
         * Sets the reconnection time of clients for routes that have none. It is sent as {@code retry:} in the first
         * frame. Configuration key: {@code retry}.
         *
         * @param retry the time that clients wait before they reconnect; none by default
         * @return this builder
         */
        public Builder retry(Duration retry) {
            this.retry = Optional.of(Durations.notNegative("retry", retry));
            return this;
        }

        /**
         * Sets the heartbeat interval: a stream that has written nothing for that long writes the comment {@code :}, or
         * the heartbeat event of its route. Configuration key: {@code heartbeat}.
         *
         * @param heartbeat the interval, 8 s by default; at least 10 ms, or zero: then there are no heartbeats, and
         *     streams start with their headers alone instead of a comment
         * @return this builder
         * @throws IllegalArgumentException if it is shorter than 10 ms and not zero
         */
        public Builder heartbeat(Duration heartbeat) {
            this.heartbeat = RouteSettings.checkHeartbeat(heartbeat);
            return this;
        }

        /**
         * Sets the time within which a client must accept a slice of at most 16 KiB. Configuration key: {@code
         * write-timeout}.
         *
         * @param writeTimeout the timeout, 30 s by default
         * @return this builder
         */
        public Builder writeTimeout(Duration writeTimeout) {
            this.writeTimeout = Durations.positive("write-timeout", writeTimeout);
            return this;
        }

        /**
         * Sets the maximum duration of a stream, for routes that have none. Configuration key: {@code max-duration}.
         *
         * @param maxDuration the duration, which is shortened at random by up to a tenth; unlimited by default
         * @return this builder
         */
        public Builder maxDuration(Duration maxDuration) {
            this.maxDuration = Optional.of(Durations.positive("max-duration", maxDuration));
            return this;
        }

        /**
         * Sets the maximum number of open streams. Further ones are temporarily refused with 503. Configuration key:
         * {@code max-streams}.
         *
         * @param maxStreams the number, at least 1; unlimited by default
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
         * Sets the maximum number of open streams of one HTTP/2 connection. Further ones are temporarily refused with
         * 503. Raise it if a proxy in front of this server sends the requests of many clients over one connection.
         * Configuration key: {@code max-streams-per-connection}.
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
         * Sets whether all routes answer temporary refusals with their status, 429 or 503, for all clients. See {@link
         * SseRoute#refuseWithStatus}. A browser's EventSource that gets such a status stops for good. Configuration key:
         * {@code refuse-with-status}.
         *
         * @param refuseWithStatus true to send the status; false by default, which leaves it to each route
         * @return this builder
         */
        public Builder refuseWithStatus(boolean refuseWithStatus) {
            this.refuseWithStatus = refuseWithStatus;
            return this;
        }

        /**
         * Sets the number of HTTP/2 streams, of any route, that the client of one connection may reset in a second. One
         * more reset ends the connection (GOAWAY, ENHANCE_YOUR_CALM). Raise it if a proxy in front of this server sends
         * the requests of many clients over one connection. Configuration key: {@code max-resets-per-second}.
         *
         * @param maxResetsPerSecond the number, 200 by default; 0 is unlimited
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
         * Sets whether a client may upgrade a connection from HTTP/1.1 to HTTP/2 ({@code Upgrade: h2c}), if
         * helidon-webserver-http2 is on the class path. RFC 9113 has deprecated this upgrade, and no browser uses it.
         * HTTP/2 by prior knowledge and over TLS is not affected. If the upgrade is disabled, the request is answered
         * over HTTP/1.1. Configuration key: {@code h2c-upgrade}.
         *
         * @param h2cUpgrade true to allow the upgrade, which is the default, as in Helidon
         * @return this builder
         */
        public Builder h2cUpgrade(boolean h2cUpgrade) {
            this.h2cUpgrade = h2cUpgrade;
            return this;
        }

        /**
         * Sets the time that a stopping server waits for its streams to end. Configuration key: {@code drain-grace}.
         *
         * @param drainGrace the grace period, 5 s by default
         * @return this builder
         */
        public Builder drainGrace(Duration drainGrace) {
            this.drainGrace = Durations.notNegative("drain-grace", drainGrace);
            return this;
        }

        /**
         * Sets the time over which the reconnects of clients are spread when a server drains. Configuration key: {@code
         * reconnect-spread}.
         *
         * @param reconnectSpread the maximum of the random part of {@code retry:}, 5 s by default
         * @return this builder
         */
        public Builder reconnectSpread(Duration reconnectSpread) {
            this.reconnectSpread = Durations.notNegative("reconnect-spread", reconnectSpread);
            return this;
        }

        /**
         * Sets the number of proxies in front of this server whose {@code X-Forwarded-For} entries are trusted.
         * Configuration key: {@code trusted-hops}.
         *
         * @param trustedHops the number; 0 by default, which ignores that header
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
         * Sets the time within which a client must send the request body. After that time an HTTP/1.1 connection is
         * closed; an HTTP/2 request is answered with 408. Configuration key: {@code body-timeout}.
         *
         * @param bodyTimeout the timeout, 30 s by default
         * @return this builder
         */
        public Builder bodyTimeout(Duration bodyTimeout) {
            this.bodyTimeout = Durations.positive("body-timeout", bodyTimeout);
            return this;
        }

        /**
         * Sets the authenticators for routes that have none.
         *
         * @param authenticators the authenticators, {@link Flosse#helidonSecurity()} by default
         * @return this builder
         */
        public Builder authenticators(Authenticator... authenticators) {
            this.authenticators = List.of(authenticators);
            return this;
        }

        /**
         * Sets the listener that is called when a stream has ended. It runs on the stream's thread and must not block.
         *
         * @param listener the listener; its exceptions are logged
         * @return this builder
         */
        public Builder listener(Consumer<StreamInfo> listener) {
            this.listener = listener;
            return this;
        }

        /**
         * Overrides the detected version of Helidon, for tests.
         *
         * @param version the version; null if it is unknown
         * @return this builder
         */
        Builder helidon(@Nullable String version) {
            this.helidon = Optional.ofNullable(version);
            return this;
        }

        /** Parses a boolean strictly, because Helidon reads any text except {@code true} as false. */
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
                    refuseWithStatus,
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
