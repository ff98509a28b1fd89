package io.flosse.helidon.internal.settings;

import io.flosse.SseRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * The choice of a route that answers only some of its requests with a stream.
 *
 * @param condition whether a request gets a stream
 * @param otherwise answers the other requests
 */
public record StreamChoice(Predicate<SseRequest> condition, Otherwise otherwise) {

    public StreamChoice {
        Objects.requireNonNull(condition);
        Objects.requireNonNull(otherwise);
    }

    /** Answers a request without a stream. */
    @FunctionalInterface
    public interface Otherwise {

        /** Sends the response. */
        void handle(SseRequest request, ServerResponse response) throws Exception;
    }
}
