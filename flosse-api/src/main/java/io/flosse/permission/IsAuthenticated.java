package io.flosse.permission;

import io.flosse.SseRequest;

/** A permission that allows requests with an identity from an authenticator. */
public final class IsAuthenticated implements Permission {

    /** Creates a permission that allows requests with an identity. */
    public IsAuthenticated() {}

    @Override
    public boolean hasPermission(SseRequest request) {
        return request.identity().isPresent();
    }
}
