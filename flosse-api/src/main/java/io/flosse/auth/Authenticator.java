package io.flosse.auth;

import io.flosse.SseRequest;
import java.util.Objects;
import java.util.Optional;

/**
 * Determines the identity of a request. A route's authenticators are called in order; the first identity is used.
 *
 * <p>An exception causes a 500 and never an identity. The exception of {@link Identity#of} for an empty name means that
 * no identity was found. An authenticator that can't answer at the moment throws a {@link
 * io.flosse.ServiceUnavailableException}: the client is asked to come back.
 */
@FunctionalInterface
public interface Authenticator {

    /**
     * Authenticates a request.
     *
     * @param request the request, still without an identity
     * @return the identity, empty if this authenticator finds none; an expired identity counts as none
     */
    Optional<Identity> authenticate(SseRequest request);

    /**
     * Returns the value of {@code WWW-Authenticate} (RFC 9110, section 11.6.1). It is sent when an anonymous request is
     * refused although a login could have helped. Without a challenge such a request gets 403.
     *
     * @return the challenge, such as {@code Basic realm="flosse"}; empty unless overridden
     */
    default Optional<String> challenge() {
        return Optional.empty();
    }

    /**
     * Returns this authenticator with a challenge.
     *
     * @param challenge the value of {@code WWW-Authenticate}
     * @return a new authenticator
     */
    default Authenticator withChallenge(String challenge) {
        Objects.requireNonNull(challenge);
        Authenticator self = this;
        return new Authenticator() {
            @Override
            public Optional<Identity> authenticate(SseRequest request) {
                return self.authenticate(request);
            }

            @Override
            public Optional<String> challenge() {
                return Optional.of(challenge);
            }
        };
    }
}
