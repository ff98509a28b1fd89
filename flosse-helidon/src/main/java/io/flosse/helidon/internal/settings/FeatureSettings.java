package io.flosse.helidon.internal.settings;

import io.flosse.StreamInfo;
import io.flosse.auth.Authenticator;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The settings of the feature of one server. {@link RouteSettings} may override the retry, heartbeat, write timeout,
 * maximum duration and authenticators.
 *
 * @param retry the reconnection time sent in the first frame; empty for none
 * @param heartbeat the time without writes after which a heartbeat is written; zero for none
 * @param writeTimeout the time within which a client must accept a slice
 * @param maxDuration the maximum duration of a stream; empty for no limit
 * @param maxStreams the maximum number of open streams
 * @param maxStreamsPerConnection the maximum number of open streams of one HTTP/2 connection
 * @param refuseWithStatus whether all routes answer temporary refusals with their status for browsers too
 * @param maxResetsPerSecond the HTTP/2 streams of one connection that its client may reset in a second; 0 for no limit
 * @param h2cUpgrade whether an HTTP/1.1 connection may be upgraded to HTTP/2
 * @param drainGrace the time that a stopping server waits for its streams
 * @param reconnectSpread the maximum of the random part of the {@code retry:} that a drain sends
 * @param trustedHops the number of proxies whose {@code X-Forwarded-For} entries are trusted
 * @param bodyTimeout the time within which a client must send the request body
 * @param authenticators the authenticators of routes that have none
 * @param listener called with each ended stream
 * @param helidon the version of Helidon; empty if it is unknown
 */
public record FeatureSettings(
        Optional<Duration> retry,
        Duration heartbeat,
        Duration writeTimeout,
        Optional<Duration> maxDuration,
        int maxStreams,
        int maxStreamsPerConnection,
        boolean refuseWithStatus,
        int maxResetsPerSecond,
        boolean h2cUpgrade,
        Duration drainGrace,
        Duration reconnectSpread,
        int trustedHops,
        Duration bodyTimeout,
        List<Authenticator> authenticators,
        Consumer<StreamInfo> listener,
        Optional<String> helidon) {}
