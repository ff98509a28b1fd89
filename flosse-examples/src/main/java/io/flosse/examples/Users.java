package io.flosse.examples;

import io.helidon.security.Security;
import io.helidon.security.providers.httpauth.HttpBasicAuthProvider;
import io.helidon.security.providers.httpauth.SecureUserStore;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The two users of the examples, for HTTP basic authentication by Helidon Security. */
enum Users implements SecureUserStore.User {
    ANN("ann"),
    ROOT("root", "admin");

    private final String login;

    @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable list
    private final List<String> roles;

    Users(String login, String... roles) {
        this.login = login;
        this.roles = List.of(roles);
    }

    static Security security() {
        return Security.builder()
                .addProvider(HttpBasicAuthProvider.builder().realm("flosse").userStore(Users::find))
                .build();
    }

    private static Optional<SecureUserStore.User> find(String login) {
        return Arrays.stream(values())
                .filter(user -> user.login.equals(login))
                .map(SecureUserStore.User.class::cast)
                .findFirst();
    }

    @Override
    public String login() {
        return login;
    }

    /** Accepts the login name as the password; for examples only. */
    @Override
    public boolean isPasswordValid(char[] password) {
        return Arrays.equals(password, login.toCharArray());
    }

    @Override
    public Collection<String> roles() {
        return roles;
    }
}
