package io.flosse.helidon.internal.settings;

import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Frames;
import java.time.Duration;
import java.util.Optional;

/**
 * The times of one stream that its timers enforce.
 *
 * @param heartbeat the time without writes after which a heartbeat is written; zero for none
 * @param heartbeatEvent the event that is the heartbeat; empty for a comment
 * @param writeTimeout the time within which the client must accept a slice
 * @param maxDuration the maximum duration of the stream; empty for no limit
 * @param recheck the time between two checks of the permissions; empty for none
 */
public record StreamTimes(
        Duration heartbeat,
        Optional<FramedEvent> heartbeatEvent,
        Duration writeTimeout,
        Optional<Duration> maxDuration,
        Optional<Duration> recheck) {

    /** Returns whether flosse writes comments: as heartbeats, and one at the start of the stream. */
    public boolean comments() {
        return heartbeat.isPositive() && heartbeatEvent.isEmpty();
    }

    /** Writes a heartbeat. */
    public void writeHeartbeat(FrameBuffer out) {
        heartbeatEvent.ifPresentOrElse(event -> Frames.framed(out, event), () -> Frames.comment(out, ""));
    }
}
