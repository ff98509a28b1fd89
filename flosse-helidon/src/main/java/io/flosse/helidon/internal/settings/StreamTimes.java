package io.flosse.helidon.internal.settings;

import java.time.Duration;
import java.util.Optional;

/**
 * The times of one stream that its timers enforce.
 *
 * @param heartbeat the time without writes after which a comment is written; zero for none
 * @param writeTimeout the time within which the client must accept a slice
 * @param maxDuration the maximum duration of the stream; empty for no limit
 * @param recheck the time between two checks of the permissions; empty for none
 */
public record StreamTimes(
        Duration heartbeat, Duration writeTimeout, Optional<Duration> maxDuration, Optional<Duration> recheck) {}
