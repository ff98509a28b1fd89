package io.flosse.permission;

import io.flosse.SseRequest;

/** A permission that allows every request. It makes the behaviour of a route without permissions explicit. */
public final class AllowAny implements Permission {

    /** Creates a permission that allows every request. */
    public AllowAny() {}

    @Override
    public boolean hasPermission(SseRequest request) {
        return true;
    }
}
