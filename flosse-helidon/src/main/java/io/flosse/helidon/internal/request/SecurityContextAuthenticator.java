package io.flosse.helidon.internal.request;

import io.flosse.SseRequest;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.helidon.common.security.SecurityContext;
import io.helidon.security.Role;
import io.helidon.security.Subject;
import io.helidon.webserver.http.ServerRequest;
import jakarta.json.JsonNumber;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes over the user whom Helidon Security has found. Its library is optional. */
public final class SecurityContextAuthenticator implements Authenticator {

    public static final SecurityContextAuthenticator INSTANCE = new SecurityContextAuthenticator();

    /** Whether helidon-security is there at all. */
    private static final boolean HAS_SECURITY = hasSecurity();

    private SecurityContextAuthenticator() {}

    @Override
    public Optional<Identity> authenticate(SseRequest request) {
        // A request that is asked for its context gets one, and keeps it for as long as its stream lives.
        return HAS_SECURITY
                ? request.unwrap(ServerRequest.class)
                        .flatMap(it -> it.context().get(SecurityContext.class))
                        .filter(context -> context.isAuthenticated())
                        .flatMap(Users::identity)
                : Optional.empty();
    }

    private static boolean hasSecurity() {
        try {
            return Users.areKnown();
        } catch (NoClassDefFoundError e) {
            return false;
        }
    }

    /** A class of its own, so that helidon-security is linked only where there is a user. */
    private static final class Users {

        static boolean areKnown() {
            return SecurityContext.class.isAssignableFrom(io.helidon.security.SecurityContext.class);
        }

        static Optional<Identity> identity(SecurityContext<?> context) {
            return context instanceof io.helidon.security.SecurityContext security
                    ? security.user().map(Users::identity)
                    : Optional.empty();
        }

        private static Identity identity(Subject user) {
            Identity identity = Identity.of(user.principal().getName())
                    .withRoles(
                            user.grants(Role.class).stream().map(Role::getName).toArray(String[]::new));
            for (String attribute : user.principal().abacAttributeNames()) {
                Object value = user.principal().abacAttributeRaw(attribute);
                if (value != null) {
                    identity = identity.withAttribute(attribute, value.toString());
                }
            }
            return expiry(user).map(identity::withExpiry).orElse(identity);
        }

        /** JWT and OIDC leave the claims of the token with the principal: {@code exp} is in seconds (RFC 7519, 4.1.4). */
        private static Optional<Instant> expiry(Subject user) {
            return seconds(user.principal().abacAttributeRaw("exp"))
                    .map(seconds -> Instant.ofEpochMilli(Math.round(seconds * 1000)));
        }

        private static Optional<Double> seconds(@Nullable Object exp) {
            return switch (exp) {
                case Number number -> Optional.of(number.doubleValue());
                case JsonNumber number -> Optional.of(number.doubleValue());
                case null, default -> Optional.empty();
            };
        }
    }
}
