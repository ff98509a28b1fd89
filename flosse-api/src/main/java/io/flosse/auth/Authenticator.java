package io.flosse.auth;

import io.flosse.SseRequest;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds out who is asking. A route's authenticators are asked in order; the first that answers wins.
 *
 * <p>An exception is a 500, never an identity.
 */
@FunctionalInterface
public interface Authenticator {

    /**
     * Looks at a request.
     *
     * @param request the request, still without an identity
     * @return the identity, empty if this authenticator knows of none; one that has expired counts as none
     */
    Optional<Identity> authenticate(SseRequest request);

    /**
     * What to send in {@code WWW-Authenticate} (RFC 9110, section 11.6.1) when an anonymous request is refused where a
     * log-in could have helped. Without a challenge such a request gets 403.
     *
     * @return the challenge, such as {@code Basic realm="flosse"}; empty unless overridden
     */
    default Optional<String> challenge() {
        return Optional.empty();
    }

    /**
     * This authenticator with a challenge.
     *
     * @param challenge what to send in {@code WWW-Authenticate}
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
