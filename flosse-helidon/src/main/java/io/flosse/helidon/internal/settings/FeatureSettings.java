package io.flosse.helidon.internal.settings;

import io.flosse.StreamInfo;
import io.flosse.auth.Authenticator;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What holds for all streams of a server, where their routes do not say otherwise.
 *
 * @param helidon the version of Helidon, if it is known
 */
public record FeatureSettings(
        Optional<Duration> retry,
        Duration heartbeat,
        Duration writeTimeout,
        Optional<Duration> maxDuration,
        int maxStreams,
        int maxStreamsPerConnection,
        int maxResetsPerSecond,
        boolean h2cUpgrade,
        Duration drainGrace,
        Duration reconnectSpread,
        int trustedHops,
        Duration bodyTimeout,
        List<Authenticator> authenticators,
        Consumer<StreamInfo> listener,
        Optional<String> helidon) {}
