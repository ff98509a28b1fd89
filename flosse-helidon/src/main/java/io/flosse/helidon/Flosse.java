package io.flosse.helidon;

import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.auth.Authenticator;
import io.flosse.channel.Source;
import io.flosse.helidon.internal.request.SecurityContextAuthenticator;
import io.flosse.helidon.internal.settings.RouteSettings;
import io.flosse.helidon.internal.stream.ChannelSource;
import io.flosse.helidon.internal.stream.EventSource;
import java.util.Objects;
import java.util.function.Function;

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
        SseRoute route = new SseRoute(EventSource.of(generator), new RouteSettings());
        return generator instanceof SseView view ? route.configuredBy(view) : route;
    }

    /**
     * A route that subscribes each request to a channel, after its {@code Last-Event-ID} if it brings one.
     *
     * <pre>{@code
     * routing.get("/sse/news", Flosse.subscribe(channels.channel("news").withHistory()))
     * }</pre>
     *
     * <p>When the channel ends, so do its streams, with {@code event: end}.
     *
     * @param channel the channel, with the options of those who subscribe
     * @return a new route, to be given to Helidon's routing as it is or with options
     */
    public static SseRoute subscribe(Source channel) {
        Objects.requireNonNull(channel);
        return subscribe(request -> channel);
    }

    /**
     * A route that subscribes each request to the channel of its choice.
     *
     * <pre>{@code
     * routing.get("/sse/jobs/{id}", Flosse.subscribe(request -> request.pathParameter("id")
     *         .flatMap(channels::job)
     *         .orElseThrow(() -> new NotFoundException("No such job"))))
     * }</pre>
     *
     * @param choice the channel of a request, asked after the permissions and before the stream opens: what it throws is
     *     a true HTTP error, as with {@link SseRoute#openOnFirstYield()}. While the channel is unavailable, clients are
     *     told to come back
     * @return a new route, to be given to Helidon's routing as it is or with options
     */
    public static SseRoute subscribe(Function<SseRequest, ? extends Source> choice) {
        return new SseRoute(new ChannelSource(choice), new RouteSettings()).openOnFirstYield();
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
