package io.flosse.helidon.internal.stream;

import io.flosse.Generator;
import io.flosse.SseRequest;

/** What a stream's events come from: a generator of the user's, or a channel. */
@FunctionalInterface
public interface EventSource {

    /**
     * Writes events until there are no more, or until the sink throws.
     *
     * @param request the request, which has passed the gates
     * @param sink the stream
     * @throws Exception what the user's code throws
     */
    void writeTo(SseRequest request, StreamSink sink) throws Exception;

    /** Returns the source that runs a generator. */
    static EventSource of(Generator generator) {
        return generator::generate;
    }
}
