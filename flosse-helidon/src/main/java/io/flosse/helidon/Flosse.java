package io.flosse.helidon;

import io.flosse.Generator;
import io.flosse.SseView;
import io.flosse.auth.Authenticator;

/**
 * Where flosse starts: makes a Helidon route of a generator.
 *
 * <pre>{@code
 * routing.get("/sse/ticks", Flosse.stream((request, sink) -> {
 *     while (true) {
 *         sink.yield("tick", Map.of("t", System.currentTimeMillis()));
 *         Thread.sleep(Duration.ofSeconds(1));
 *     }
 * }))
 * }</pre>
 */
public final class Flosse {

    private Flosse() {}

    /**
     * A route that answers each request with the generator's stream.
     *
     * @param generator the generator; a {@link SseView} brings its own permissions, retry and so on
     * @return a new route, to be given to Helidon's routing as it is or with options
     */
    public static SseRoute stream(Generator generator) {
        SseRoute route = new SseRoute(generator, new RouteSettings());
        return generator instanceof SseView view ? route.configuredBy(view) : route;
    }

    /**
     * The authenticator that takes over the user whom Helidon Security has found: name, roles, attributes and, of a
     * token, the expiry. A route without authenticators uses it by itself.
     *
     * <p>It reads the security context only, so a gate must have run before, such as {@code
     * SecurityFeature.authenticate()} on the route. It names no challenge unless one is given by {@link
     * Authenticator#withChallenge}.
     *
     * @return the authenticator; it finds nobody where helidon-security is not on the class path
     */
    public static Authenticator helidonSecurity() {
        return SecurityContextAuthenticator.INSTANCE;
    }
}
