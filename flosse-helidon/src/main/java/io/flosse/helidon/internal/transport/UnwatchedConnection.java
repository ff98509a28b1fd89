package io.flosse.helidon.internal.transport;

import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;

/** Explains why the connection of a request is not watched, so that only the next write notices a disconnect. */
public final class UnwatchedConnection {

    private UnwatchedConnection() {}

    /** Returns the reason and the remedy; empty for an in-memory client, which has no connection. */
    public static Optional<String> reason(ServerRequest request) {
        if ("2.0".equals(request.prologue().protocolVersion())) {
            return Optional.of(
                    "another connection selector than flosse's serves HTTP/2, and Helidon does not report resets to it."
                            + " Remove connection-selectors for HTTP/2, or set max-duration; and set"
                            + " idle-connection-timeout to a longer time than streams last");
        }
        int queueLength = request.listenerContext().config().writeQueueLength();
        return queueLength > 1
                ? Optional.of("write-queue-length is " + queueLength + ". Set it to 0, or set max-duration")
                : Optional.empty();
    }
}
