package io.flosse.auth;

import io.flosse.internal.InvalidNameException;
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
 * The identity of a client, as determined by an {@link Authenticator}. Immutable.
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
     * Creates an identity without roles or attributes that never expires.
     *
     * @param name the name, unique among the identities of this server
     * @return a new identity
     * @throws IllegalArgumentException if the name is empty. An authenticator may let it pass: the request then has no
     *     identity
     */
    public static Identity of(String name) {
        if (name.isEmpty()) {
            throw new InvalidNameException(
                    "The name of an identity must not be empty; an anonymous request has no identity");
        }
        return new Identity(name, Set.of(), Map.of(), null);
    }

    /**
     * Returns a copy with exactly these roles.
     *
     * @param roles the roles' names
     * @return a new identity
     */
    public Identity withRoles(String... roles) {
        return new Identity(name, Set.copyOf(List.of(roles)), attributes, expiry);
    }

    /**
     * Returns a copy with an additional attribute, such as a tenant.
     *
     * @param attribute the attribute's name
     * @param value its value
     * @return a new identity
     */
    public Identity withAttribute(String attribute, String value) {
        var extended = new HashMap<>(attributes);
        extended.put(attribute, value);
        return new Identity(name, roles, Map.copyOf(extended), expiry);
    }

    /**
     * Returns a copy that expires. Streams of this identity end at that time.
     *
     * @param expiry the instant from which the identity is invalid
     * @return a new identity
     */
    public Identity withExpiry(Instant expiry) {
        return new Identity(name, roles, attributes, Objects.requireNonNull(expiry));
    }

    /**
     * Returns the name.
     *
     * @return the name, never empty
     */
    public String name() {
        return name;
    }

    /**
     * Returns the roles.
     *
     * @return an unmodifiable set, empty if there are none
     */
    public Set<String> roles() {
        return roles;
    }

    /**
     * Returns an attribute.
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
     * Returns when the identity expires.
     *
     * @return the instant, empty if it never expires
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
        // Names come from clients, and this text is logged.
        return LogSanitizer.of("Identity[" + name + ", roles=" + roles + "]");
    }
}
