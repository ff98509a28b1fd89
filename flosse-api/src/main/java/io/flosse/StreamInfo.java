package io.flosse;

import io.flosse.auth.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one stream: of an open one so far, of an ended one in the end.
 *
 * @param route the path with the names of its parameters in place of their values, such as {@code /sse/channels/{name}}
 * @param remoteAddress where the request came from, as {@link SseRequest#remoteAddress()} says
 * @param identity who listens, empty if anonymous
 * @param opened when the gates were passed
 * @param age from then to the end, or to now
 * @param events events written
 * @param bytes bytes of frames written, without headers and transfer coding
 * @param heartbeats heartbeats written, which are not counted as events
 * @param unwritten events that had been yielded and gathered but could not be written any more
 * @param cause why the stream ended, empty while it is open
 */
public record StreamInfo(
        String route,
        String remoteAddress,
        Optional<Identity> identity,
        Instant opened,
        Duration age,
        long events,
        long bytes,
        long heartbeats,
        long unwritten,
        Optional<EndCause> cause) {}
