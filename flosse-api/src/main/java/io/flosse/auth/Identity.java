package io.flosse.auth;

import io.flosse.internal.LogSanitizer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking, as an {@link Authenticator} found out. Immutable.
 *
 * <pre>{@code
 * Identity.of("ann").withRoles("admin").withAttribute("tenant", "acme")
 * }</pre>
 */
public final class Identity {

    private final String name;
    private final Set<String> roles;
    private final Map<String, String> attributes;
    private final @Nullable Instant expiry;

    private Identity(String name, Set<String> roles, Map<String, String> attributes, @Nullable Instant expiry) {
        this.name = name;
        this.roles = roles;
        this.attributes = attributes;
        this.expiry = expiry;
    }

    /**
     * An identity without roles or attributes, which never expires.
     *
     * @param name the name, unique among the identities of this server
     * @return a new identity
     * @throws IllegalArgumentException if the name is empty
     */
    public static Identity of(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    "The name of an identity must not be empty; an anonymous request has no identity");
        }
        return new Identity(name, Set.of(), Map.of(), null);
    }

    /**
     * This identity with these roles and no others.
     *
     * @param roles the roles' names
     * @return a new identity
     */
    public Identity withRoles(String... roles) {
        return new Identity(name, Set.copyOf(List.of(roles)), attributes, expiry);
    }

    /**
     * This identity with one more attribute, such as a tenant.
     *
     * @param attribute the attribute's name
     * @param value its value
     * @return a new identity
     */
    public Identity withAttribute(String attribute, String value) {
        var more = new HashMap<>(attributes);
        more.put(attribute, value);
        return new Identity(name, roles, Map.copyOf(more), expiry);
    }

    /**
     * This identity with an end: a stream that it opened ends then.
     *
     * @param expiry when it ceases to be valid
     * @return a new identity
     */
    public Identity withExpiry(Instant expiry) {
        return new Identity(name, roles, attributes, Objects.requireNonNull(expiry));
    }

    /**
     * The name.
     *
     * @return the name, never empty
     */
    public String name() {
        return name;
    }

    /**
     * The roles.
     *
     * @return an unmodifiable set, empty if there are none
     */
    public Set<String> roles() {
        return roles;
    }

    /**
     * One attribute.
     *
     * @param attribute the attribute's name
     * @return its value, empty if there is none
     */
    public Optional<String> attribute(String attribute) {
        return Optional.ofNullable(attributes.get(attribute));
    }

    Map<String, String> attributes() {
        return attributes;
    }

    /**
     * When the identity ceases to be valid.
     *
     * @return the instant, empty if it has no end
     */
    public Optional<Instant> expiry() {
        return Optional.ofNullable(expiry);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Identity that
                && name.equals(that.name)
                && roles.equals(that.roles)
                && attributes.equals(that.attributes)
                && Objects.equals(expiry, that.expiry);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, roles, attributes, expiry);
    }

    @Override
    public String toString() {
        // Names come from outside, and this ends up in logs.
        return LogSanitizer.of("Identity[" + name + ", roles=" + roles + "]");
    }
}
