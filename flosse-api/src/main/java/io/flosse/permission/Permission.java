package io.flosse.permission;

import io.flosse.SseRequest;
import io.flosse.internal.BothPermissions;
import io.flosse.internal.SameOrigin;
import java.util.Objects;

/**
 * A check whether a request may open a stream. A route's permissions are checked in order; the first refusal ends the
 * check.
 *
 * <p>A refusal causes 403, or 401 if a login could change the result. An exception causes 500 and never allows the
 * request, even inside {@link #and}, {@link #or} and {@link #not}. A permission that can't decide at the moment throws a
 * {@link io.flosse.ServiceUnavailableException}: the client is asked to come back.
 */
@FunctionalInterface
public interface Permission {

    /**
     * Returns whether a request may open the stream.
     *
     * @param request the request, with the identity if there is one
     * @return whether the request is allowed
     */
    boolean hasPermission(SseRequest request);

    /**
     * Returns a permission that needs both permissions. The other one is checked only if this one allows the request.
     *
     * @param other the other permission
     * @return a new permission
     */
    default Permission and(Permission other) {
        return new BothPermissions(this, Objects.requireNonNull(other));
    }

    /**
     * Returns a permission that needs one of the permissions. The other one is checked only if this one refuses the
     * request.
     *
     * @param other the other permission
     * @return a new permission
     */
    default Permission or(Permission other) {
        Objects.requireNonNull(other);
        return request -> hasPermission(request) || other.hasPermission(request);
    }

    /**
     * Returns the negation of this permission.
     *
     * @return a new permission
     */
    default Permission not() {
        return request -> !hasPermission(request);
    }

    /**
     * Returns a permission that allows identities with a role.
     *
     * @param role the role's name, matched exactly
     * @return a new permission
     */
    static Permission hasRole(String role) {
        Objects.requireNonNull(role);
        return request -> request.identity()
                .filter(identity -> identity.roles().contains(role))
                .isPresent();
    }

    /**
     * Returns a permission that refuses cross-site requests from browsers. Use it for streams whose identity comes from
     * credentials that browsers send automatically: cookies or HTTP basic. It checks {@code Sec-Fetch-Site} (W3C Fetch
     * Metadata) or, if that is missing, compares {@code Origin} with {@code Host}. A request with neither header is
     * allowed: it comes from no browser, or it goes to plain HTTP without CORS, where the page can't read the response.
     * Origins are compared as RFC 6454 says: letter case and the scheme's default port make no difference.
     *
     * <p>A route checks this permission before it reads credentials, also if it is a part of {@link #and}. So a page of
     * another site can't make its visitor's logins fail. Inside {@link #or} and {@link #not} it is checked with the other
     * permissions.
     *
     * @param additionalOrigins further allowed origins with any scheme, each as in {@code https://app.example.com} or
     *     {@code capacitor://localhost}, such as those that CORS allows
     * @return a new permission
     * @throws IllegalArgumentException if one of them is not an origin
     */
    static Permission sameOrigin(String... additionalOrigins) {
        return new SameOrigin(additionalOrigins);
    }
}
