package io.flosse.permission;

import io.flosse.SseRequest;
import java.util.Objects;

/**
 * Decides whether a request may listen. A route's permissions are asked in order, and the first refusal ends the
 * asking.
 *
 * <p>A refusal is 403, or 401 where a log-in could change the answer. An exception is 500, never a pass, inside of
 * {@link #and}, {@link #or} and {@link #not} too.
 */
@FunctionalInterface
public interface Permission {

    /**
     * Decides.
     *
     * @param request the request, with the identity if there is one
     * @return whether the request may listen
     */
    boolean hasPermission(SseRequest request);

    /**
     * Both must allow; the other is asked only if this one allows.
     *
     * @param other the other permission
     * @return a new permission
     */
    default Permission and(Permission other) {
        Objects.requireNonNull(other);
        return request -> hasPermission(request) && other.hasPermission(request);
    }

    /**
     * One must allow; the other is asked only if this one refuses.
     *
     * @param other the other permission
     * @return a new permission
     */
    default Permission or(Permission other) {
        Objects.requireNonNull(other);
        return request -> hasPermission(request) || other.hasPermission(request);
    }

    /**
     * Allows what this one refuses.
     *
     * @return a new permission
     */
    default Permission not() {
        return request -> !hasPermission(request);
    }

    /**
     * Refuses what a browser sends on behalf of another site's page: for streams whose identity comes from what browsers
     * send by themselves, a cookie or HTTP basic. It looks at {@code Sec-Fetch-Site} (W3C Fetch Metadata) and where there
     * is none at {@code Origin}, to be compared with {@code Host}. A request with neither is no browser's, or one to plain
     * HTTP that asks without CORS, which can't read the answer; it is allowed.
     *
     * @param others further origins whose pages may listen, each as in {@code https://app.example.com}, such as those that
     *     CORS allows
     * @return a new permission
     * @throws IllegalArgumentException if one of them is no origin
     */
    static Permission sameOrigin(String... others) {
        return new SameOrigin(others);
    }
}
