package io.flosse.examples.streams;

import io.flosse.SseRequest;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.Permission;

/** A custom permission: only clients that send the right API key may open the stream. */
public final class Secure {

    private Secure() {}

    public static SseRoute route() {
        return Flosse.stream((request, sink) -> sink.yield("top secret data")).permissions(new HasApiKey());
    }

    private static final class HasApiKey implements Permission {

        @Override
        public boolean hasPermission(SseRequest request) {
            return request.header("X-API-Key").filter("secret"::equals).isPresent();
        }
    }
}
