package io.flosse.permission;

import io.flosse.SseRequest;

/** Allows every request: what a route without permissions does, said aloud. */
public final class AllowAny implements Permission {

    /** Allows every request. */
    public AllowAny() {}

    @Override
    public boolean hasPermission(SseRequest request) {
        return true;
    }
}
