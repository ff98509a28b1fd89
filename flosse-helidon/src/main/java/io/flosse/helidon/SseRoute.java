package io.flosse.helidon;

import io.flosse.SseEvent;
import io.flosse.SseView;
import io.flosse.auth.Authenticator;
import io.flosse.helidon.internal.admission.Pipeline;
import io.flosse.helidon.internal.request.UnreadBody;
import io.flosse.helidon.internal.settings.RouteSettings;
import io.flosse.helidon.internal.stream.EventSource;
import io.flosse.internal.Durations;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A generator with its options, as a Helidon {@link Handler}. Immutable: each option returns a new route.
 *
 * <p>Making one is cheap: an option may also be set for a single request, as in {@code
 * route.heartbeat(interval).handle(request, response)}.
 *
 * <p>What it answers before the stream opens: 406 to a client whose {@code Accept} excludes {@code text/event-stream},
 * 204 to one that comes back to a finished stream, 401 or 403 where a permission refuses, 413 for too large a body. Each carries
 * {@code Cache-Control: no-store}, and ends its HTTP/1.1 connection, by {@code Connection: close}, if the request has a body that
 * was not read whole.
 */
public final class SseRoute implements Handler {

    private final Pipeline pipeline;
    private final EventSource source;
    private final RouteSettings settings;

    SseRoute(EventSource source, RouteSettings settings) {
        this.source = source;
        this.settings = settings;
        this.pipeline = new Pipeline(source, settings);
    }

    /**
     * Who may listen. All must allow; they are asked in this order, before the first byte, up to the first refusal.
     *
     * @param permissions the permissions, in place of those given before; none allows everybody
     * @return a new route
     */
    public SseRoute permissions(Permission... permissions) {
        return with(settings -> settings.permissions = List.of(permissions));
    }

    /**
     * Who is asking. They are asked in this order; the first that answers wins.
     *
     * @param authenticators the authenticators, in place of the server's, which are {@link Flosse#helidonSecurity()} by
     *     default
     * @return a new route
     */
    public SseRoute authenticators(Authenticator... authenticators) {
        return with(settings -> settings.authenticators = Optional.of(List.of(authenticators)));
    }

    /**
     * How many streams, and how often. All must admit the request; they are asked in this order, after the permissions.
     *
     * @param throttles the throttles, in place of those given before
     * @return a new route
     */
    public SseRoute throttles(Throttle... throttles) {
        return with(settings -> settings.throttles = List.of(throttles));
    }

    /**
     * How long a client waits before it reconnects: the first frame, {@code retry: <milliseconds>}.
     *
     * @param retry the wait, none by default
     * @return a new route
     * @throws IllegalArgumentException if it is negative
     */
    public SseRoute retry(Duration retry) {
        Optional<Duration> checked = Optional.of(Durations.notNegative("retry", retry));
        return with(settings -> settings.retry = checked);
    }

    /**
     * Opens the stream with the first yield instead of right after the permissions, so that an exception before it is
     * a true HTTP error: Helidon's {@code HttpException} keeps its status, anything else is 500.
     *
     * @return a new route
     */
    public SseRoute openOnFirstYield() {
        return with(settings -> settings.openOnFirstYield = true);
    }

    /**
     * Leaves out the {@code end} event after the generator has returned, so that a client reconnects and runs it again.
     *
     * <p>Without this a GET stream ends with {@code event: end}, {@code id: flosse:end}, {@code data: {}}, and a client
     * that comes back with that id gets 204, which stops its reconnecting (WHATWG 9.2.3).
     *
     * @return a new route
     */
    public SseRoute noEndEvent() {
        return with(settings -> settings.noEndEvent = true);
    }

    /**
     * Which event tells the client that the generator threw after the stream had opened, in place of {@code event:
     * error}, {@code data: {"error":"internal","ref":"<id>"}}. The exception is logged in any case.
     *
     * @param mapping from what was thrown to the event; empty for the default. Mind that what it takes from the
     *     exception's message is seen by the client
     * @return a new route
     */
    public SseRoute onError(Function<Throwable, Optional<SseEvent>> mapping) {
        Objects.requireNonNull(mapping);
        return with(settings -> settings.onError = mapping);
    }

    /**
     * The largest request body that is read.
     *
     * @param bytes the bound in bytes, 1 MiB by default; a larger body is answered with 413
     * @return a new route
     * @throws IllegalArgumentException if it is negative
     */
    public SseRoute maxBodySize(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("maxBodySize must not be negative, but is " + bytes);
        }
        return with(settings -> settings.maxBodySize = bytes);
    }

    /**
     * Refuses with a status for the moment too, as in 429 and 503. Without this, a client whose {@code Accept} is exactly
     * {@code text/event-stream} gets 200 and one {@code retry:} instead, since a browser's EventSource never comes back
     * after any other status.
     *
     * @return a new route
     */
    public SseRoute refuseWithStatus() {
        return with(settings -> settings.refuseWithStatus = true);
    }

    /**
     * After how long a silence a comment is written, {@code : heartbeat}, which keeps proxies from closing the connection.
     *
     * @param interval the interval, that of the server by default (15 s); zero turns heartbeats off
     * @return a new route
     * @throws IllegalArgumentException if it is negative
     */
    public SseRoute heartbeat(Duration interval) {
        Optional<Duration> checked = Optional.of(Durations.notNegative("heartbeat", interval));
        return with(settings -> settings.heartbeat = checked);
    }

    /**
     * How long a client may take for a piece of at most 16 KiB before its stream is ended.
     *
     * @param timeout the timeout, that of the server by default (30 s)
     * @return a new route
     * @throws IllegalArgumentException if it is not positive
     */
    public SseRoute writeTimeout(Duration timeout) {
        Optional<Duration> checked = Optional.of(Durations.positive("writeTimeout", timeout));
        return with(settings -> settings.writeTimeout = checked);
    }

    /**
     * When a stream ends at the latest. Its client may reconnect, and meets the permissions again.
     *
     * @param duration the duration, of which up to a tenth is taken off at random; unbounded by default
     * @return a new route
     * @throws IllegalArgumentException if it is not positive
     */
    public SseRoute maxDuration(Duration duration) {
        Optional<Duration> checked = Optional.of(Durations.positive("maxDuration", duration));
        return with(settings -> settings.maxDuration = checked);
    }

    /**
     * Asks the permissions again while the stream is open, and ends it when one refuses, throws, or has not answered within
     * the {@linkplain #writeTimeout write timeout}. They see the identity
     * as it was when the stream opened; a permission that must see changes looks them up.
     *
     * @param interval how often; never by default
     * @return a new route
     * @throws IllegalArgumentException if it is not positive
     */
    public SseRoute recheck(Duration interval) {
        Optional<Duration> checked = Optional.of(Durations.positive("recheck", interval));
        return with(settings -> settings.recheck = checked);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        UnreadBody unread = UnreadBody.of(request, response);
        try {
            pipeline.handle(request, response, unread);
        } catch (HttpException | RequestException error) {
            throw unread.answering(error);
        } finally {
            unread.handled();
        }
    }

    SseRoute configuredBy(SseView view) {
        return with(settings -> {
            settings.permissions = List.copyOf(view.permissions());
            List<Authenticator> authenticators = List.copyOf(view.authenticators());
            if (!authenticators.isEmpty()) {
                settings.authenticators = Optional.of(authenticators);
            }
            settings.throttles = List.copyOf(view.throttles());
            settings.retry = view.retry().map(retry -> Durations.notNegative("retry", retry));
            settings.openOnFirstYield = view.openOnFirstYield();
            settings.noEndEvent = view.noEndEvent();
            settings.onError = view::onError;
        });
    }

    private SseRoute with(Consumer<RouteSettings> change) {
        RouteSettings changed = new RouteSettings(settings);
        change.accept(changed);
        return new SseRoute(source, changed);
    }
}
