package io.flosse.examples.streams;

import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.helidon.http.NotFoundException;

/** Fails before the first yield. The stream opens only at the first yield, so the client gets the status 404. */
public final class FailFirst {

    private FailFirst() {}

    public static SseRoute route() {
        return Flosse.stream((request, sink) -> {
                    throw new NotFoundException("There is no such job");
                })
                .openOnFirstYield();
    }
}
