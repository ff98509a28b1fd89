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

/** The authenticator that uses the user authenticated by Helidon Security, whose library is optional. */
public final class SecurityContextAuthenticator implements Authenticator {

    public static final SecurityContextAuthenticator INSTANCE = new SecurityContextAuthenticator();

    /** Whether helidon-security is on the class path. */
    private static final boolean HAS_SECURITY = hasSecurity();

    private SecurityContextAuthenticator() {}

    @Override
    public Optional<Identity> authenticate(SseRequest request) {
        // Without helidon-security context() is not called: it would allocate a context that lives as long as the
        // stream.
        return HAS_SECURITY
                ? request.unwrap(ServerRequest.class)
                        .flatMap(serverRequest -> serverRequest.context().get(SecurityContext.class))
                        .filter(context -> context.isAuthenticated())
                        .flatMap(Users::identity)
                : Optional.empty();
    }

    private static boolean hasSecurity() {
        try {
            return Users.areSupported();
        } catch (NoClassDefFoundError e) {
            return false;
        }
    }

    /** The code that refers to helidon-security, in a separate class that is linked only if the library is present. */
    private static final class Users {

        /** Returns true, or throws a {@link NoClassDefFoundError} without the library. */
        static boolean areSupported() {
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

        /**
         * Returns the expiry of the user's token. JWT and OIDC keep the claims of the token as attributes of the
         * principal; {@code exp} is in seconds (RFC 7519, section 4.1.4).
         */
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
