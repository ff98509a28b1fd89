package io.flosse.permission;

import io.flosse.SseRequest;

/** Allows requests that an authenticator found an identity for. */
public final class IsAuthenticated implements Permission {

    /** Allows requests with an identity. */
    public IsAuthenticated() {}

    @Override
    public boolean hasPermission(SseRequest request) {
        return request.identity().isPresent();
    }
}
