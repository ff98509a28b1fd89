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
import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.ListenerConfig;
import java.util.Objects;
import java.util.function.Function;

/**
 * The entry point of flosse: factory methods for the Helidon routes that send Server-Sent Events.
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
     * Sets the socket options that streams need: TCP_NODELAY, which Helidon leaves off. Without it an event may wait until
     * the client has acknowledged the previous one.
     *
     * <pre>{@code
     * WebServer.builder().update(Flosse::tune)
     * }</pre>
     *
     * <p>The settings made before stay. A later {@code connectionOptions(...)} replaces what this call has set. Each
     * further listener needs its own call.
     *
     * @param listener the builder of a server or of another listener, not null
     */
    public static void tune(ListenerConfig.BuilderBase<?, ?> listener) {
        SocketOptions options = listener.connectionOptions().orElseGet(SocketOptions::create);
        listener.connectionOptions(
                SocketOptions.builder(options).tcpNoDelay(true).build());
    }

    /**
     * Creates a route that runs the generator for each request and sends its events as a stream.
     *
     * @param generator the generator; an {@link SseView} supplies its own permissions, authenticators, throttles, retry
     *     and other options
     * @return a new route, to be registered with Helidon's routing as it is or with further options
     */
    public static SseRoute stream(Generator generator) {
        SseRoute route = new SseRoute(EventSource.of(generator), new RouteSettings());
        return generator instanceof SseView view ? route.configuredBy(view) : route;
    }

    /**
     * Creates a route that subscribes each request to a channel. A request with a {@code Last-Event-ID} resumes after
     * that event.
     *
     * <pre>{@code
     * routing.get("/sse/news", Flosse.subscribe(channels.channel("news").withHistory()))
     * }</pre>
     *
     * <p>When the channel ends, its streams end with {@code event: end}.
     *
     * @param source a channel or the events of a job, with the options of the subscriptions
     * @return a new route, to be registered with Helidon's routing as it is or with further options
     */
    public static SseRoute subscribe(Source source) {
        Objects.requireNonNull(source);
        return subscribe(request -> source);
    }

    /**
     * Creates a route that subscribes each request to a channel that depends on the request.
     *
     * <pre>{@code
     * routing.get("/sse/jobs/{id}", Flosse.subscribe(request -> request.pathParameter("id")
     *         .flatMap(channels::job)
     *         .orElseThrow(() -> new NotFoundException("No such job"))))
     * }</pre>
     *
     * @param channelSelector returns the channel or the job for a request. It is called after the permission checks and before the
     *     stream opens. Its exceptions are answered with an HTTP error status, as with {@link
     *     SseRoute#openOnFirstYield()}. An {@link IllegalArgumentException}, as for an invalid name of a channel, and a
     *     {@link java.util.NoSuchElementException}, as of a missing parameter, are answered with 404. While the channel
     *     is unavailable, clients are asked to retry later
     * @return a new route, to be registered with Helidon's routing as it is or with further options
     */
    public static SseRoute subscribe(Function<SseRequest, ? extends Source> channelSelector) {
        return new SseRoute(new ChannelSource(channelSelector), new RouteSettings()).openOnFirstYield();
    }

    /**
     * Returns the authenticator that uses the user authenticated by Helidon Security. The identity has the name, roles
     * and attributes of that user, and the expiry of its token if there is one. Routes use this authenticator by
     * default.
     *
     * <p>It only reads the security context. Helidon Security must have authenticated the request before, for example
     * by {@code SecurityFeature.authenticate()} on the route. It has no challenge; add one by {@link
     * Authenticator#withChallenge}.
     *
     * @return the authenticator; it returns no identity if helidon-security is not on the class path
     */
    public static Authenticator helidonSecurity() {
        return SecurityContextAuthenticator.INSTANCE;
    }
}
