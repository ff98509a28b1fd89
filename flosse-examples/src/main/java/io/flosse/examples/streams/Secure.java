package io.flosse.examples.streams;

import io.flosse.SseRequest;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.Permission;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A custom permission: only clients that send the right API key may open the stream. */
public final class Secure {

    private Secure() {}

    public static SseRoute route() {
        return Flosse.stream((request, sink) -> sink.yield("top secret data")).permissions(new HasApiKey());
    }

    private static final class HasApiKey implements Permission {

        private static final byte[] KEY = "secret".getBytes(StandardCharsets.UTF_8);

        /** Compares in constant time, so that the time of an answer says nothing about the key. */
        @Override
        public boolean hasPermission(SseRequest request) {
            return request.header("X-API-Key")
                    .filter(key -> MessageDigest.isEqual(KEY, key.getBytes(StandardCharsets.UTF_8)))
                    .isPresent();
        }
    }
}
