package io.flosse.permission;

import io.flosse.SseRequest;

/**
 * A permission that allows identities with the role {@code admin}, named as in django-flosse. For any other role see
 * {@link Permission#hasRole}.
 */
public final class IsAdminUser implements Permission {

    private final Permission hasRole;

    /** Creates a permission that allows identities with the role {@code admin}. */
    public IsAdminUser() {
        this("admin");
    }

    /**
     * Creates a permission that allows identities with a role.
     *
     * @param role the role's name, matched exactly
     */
    public IsAdminUser(String role) {
        this.hasRole = Permission.hasRole(role);
    }

    @Override
    public boolean hasPermission(SseRequest request) {
        return hasRole.hasPermission(request);
    }
}
