package io.flosse;

import io.flosse.auth.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot of one stream: its current state while it is open, its final state once it has ended.
 *
 * @param route the path pattern that matched, such as {@code /sse/channels/{name}}. Where the route belongs to a service
 *     that is registered with a pattern, the names of its parameters are put in place of their values. What a wildcard of
 *     a service's pattern matches stays as it was requested
 * @param remoteAddress the client's address, as {@link SseRequest#remoteAddress()} returns it
 * @param identity the identity of the client, empty if anonymous
 * @param opened when the stream passed all admission checks
 * @param age the time from {@code opened} to the end, or to now
 * @param events number of events written
 * @param bytes bytes of frames written, without headers and transfer coding
 * @param heartbeats number of heartbeats written; they do not count as events
 * @param unwritten number of events that were yielded and buffered but could not be written
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
