package io.flosse.permission;

import io.flosse.SseRequest;
import java.util.Objects;

/** Allows requests whose identity has a role, {@code admin} unless told otherwise. */
public final class IsAdminUser implements Permission {

    private final String role;

    /** Allows identities with the role {@code admin}. */
    public IsAdminUser() {
        this("admin");
    }

    /**
     * Allows identities with a role.
     *
     * @param role the role's name, matched exactly
     */
    public IsAdminUser(String role) {
        this.role = Objects.requireNonNull(role);
    }

    @Override
    public boolean hasPermission(SseRequest request) {
        return request.identity()
                .filter(identity -> identity.roles().contains(role))
                .isPresent();
    }
}
