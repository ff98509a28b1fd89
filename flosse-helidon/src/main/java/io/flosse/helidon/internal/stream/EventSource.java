package io.flosse.helidon.internal.stream;

import io.flosse.Generator;
import io.flosse.SseRequest;

/** The source of a stream's events: a user's generator or a channel. */
@FunctionalInterface
public interface EventSource {

    /**
     * Writes events until the source has no more, or until the sink throws.
     *
     * @param request the admitted request
     * @param sink receives the events
     * @throws Exception any exception of the user's code
     */
    void writeTo(SseRequest request, StreamSink sink) throws Exception;

    /**
     * Checks for HEAD whether a GET would find its events. Does nothing unless overridden.
     *
     * @param request the admitted request
     * @throws RuntimeException the exception that {@link #writeTo} would throw before its first event
     */
    default void check(SseRequest request) {}

    /** Returns the source that runs a generator. */
    static EventSource of(Generator generator) {
        return generator::generate;
    }
}
