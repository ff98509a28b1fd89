package io.flosse.helidon.internal.transport;

import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;

/** Why the connection of a request is not watched, so that a client's leaving is noticed by the next write only. */
public final class UnwatchedConnection {

    private UnwatchedConnection() {}

    /** The reason, with what to do; empty for an in-memory client, which has no connection. */
    public static Optional<String> reason(ServerRequest request) {
        if ("2.0".equals(request.prologue().protocolVersion())) {
            return Optional.of(
                    "another connection selector than flosse's serves HTTP/2 there, and Helidon does not tell it of"
                            + " resets. Do not set connection-selectors for HTTP/2, or set max-duration; and set"
                            + " idle-connection-timeout to longer than streams last");
        }
        int queue = request.listenerContext().config().writeQueueLength();
        return queue > 1
                ? Optional.of("write-queue-length is " + queue + ". Set it to 0, or set max-duration")
                : Optional.empty();
    }
}
