package io.flosse.helidon.internal.settings;

import java.time.Duration;
import java.util.Optional;

/**
 * What the ticker minds of one stream.
 *
 * @param heartbeat a comment after so long a silence; zero for none
 * @param writeTimeout how long the client may take for a piece
 * @param maxDuration when the stream ends at the latest
 * @param recheck how often the permissions are asked again
 */
public record StreamTimes(
        Duration heartbeat, Duration writeTimeout, Optional<Duration> maxDuration, Optional<Duration> recheck) {}
