package io.flosse.helidon;

import io.flosse.SseRequest;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.helidon.common.security.SecurityContext;
import io.helidon.security.Role;
import io.helidon.security.Subject;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;

/** Takes over the user whom Helidon Security has found. Its library is optional. */
final class SecurityContextAuthenticator implements Authenticator {

    static final SecurityContextAuthenticator INSTANCE = new SecurityContextAuthenticator();

    private SecurityContextAuthenticator() {}

    @Override
    public Optional<Identity> authenticate(SseRequest request) {
        // Asked for by the type that every Helidon has: where it is there, so are the classes of helidon-security.
        return request.unwrap(ServerRequest.class)
                .flatMap(it -> it.context().get(SecurityContext.class))
                .filter(context -> context.isAuthenticated())
                .flatMap(Users::identity);
    }

    /** A class of its own, so that helidon-security is linked only where there is a user. */
    private static final class Users {

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
            return identity;
        }
    }
}
