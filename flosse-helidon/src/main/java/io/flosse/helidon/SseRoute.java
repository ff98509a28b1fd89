package io.flosse.helidon;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.auth.Authenticator;
import io.flosse.helidon.internal.admission.Pipeline;
import io.flosse.helidon.internal.request.UnreadBody;
import io.flosse.helidon.internal.settings.EventNames;
import io.flosse.helidon.internal.settings.RouteSettings;
import io.flosse.helidon.internal.settings.StreamChoice;
import io.flosse.helidon.internal.stream.EventSource;
import io.flosse.helidon.internal.transport.StreamHeaders;
import io.flosse.internal.Durations;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.Header;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A Helidon {@link Handler} that streams the events of a generator or channel. It is immutable: each option method
 * returns a new route.
 *
 * <p>Routes are cheap to create, so an option may also be set for a single request: {@code
 * route.heartbeat(interval).handle(request, response)}.
 *
 * <p>Before the stream opens, a route answers with these statuses:
 *
 * <ul>
 *   <li>406 if the {@code Accept} of a GET or HEAD excludes {@code text/event-stream}, 400 if it is invalid,
 *   <li>204 if the client reconnects to a finished stream,
 *   <li>401 or 403 if a permission denies the request,
 *   <li>413 if the request body is too large.
 * </ul>
 *
 * <p>Each of these responses has {@code Cache-Control: no-store}. If the request body was not read completely, the
 * response also closes its HTTP/1.1 connection by {@code Connection: close}.
 *
 * <p>HEAD passes the same checks, but for the limits on open streams and a drain. It is answered with the headers of GET and no body; no generator runs and no stream
 * opens.
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
     * Sets the permissions, all of which must allow a request. They are checked in this order before the first byte is
     * sent; the first denial ends the check. Only {@link Permission#sameOrigin} is checked earlier, before
     * authentication.
     *
     * @param permissions the permissions, which replace the previous ones; with none, every request is allowed
     * @return a new route
     */
    public SseRoute permissions(Permission... permissions) {
        return with(settings -> settings.permissions = List.of(permissions));
    }

    /**
     * Sets the authenticators. They are called in this order; the first identity that is found is used.
     *
     * @param authenticators the authenticators, which replace those of the server; the server's default is {@link
     *     Flosse#helidonSecurity()}
     * @return a new route
     */
    public SseRoute authenticators(Authenticator... authenticators) {
        return with(settings -> settings.authenticators = Optional.of(List.of(authenticators)));
    }

    /**
     * Sets the throttles, which limit the number of streams and the rate at which they open. All must admit the
     * request. They are called in this order after the permissions; those that stand {@linkplain
     * Throttle#beforeAuthentication before authentication} are called earlier.
     *
     * @param throttles the throttles, which replace the previous ones
     * @return a new route
     */
    public SseRoute throttles(Throttle... throttles) {
        return with(settings -> settings.throttles = List.of(throttles));
    }

    /**
     * Sets the time that a client waits before it reconnects. It is sent as the first frame, {@code retry:
     * <milliseconds>}.
     *
     * @param retry the reconnection time; by default that of the server, which has none unless configured
     * @return a new route
     * @throws IllegalArgumentException if it is negative
     */
    public SseRoute retry(Duration retry) {
        Optional<Duration> checked = Optional.of(Durations.notNegative("retry", retry));
        return with(settings -> settings.retry = checked);
    }

    /**
     * Adds a header to the response of each stream, such as {@code X-Vercel-AI-UI-Message-Stream: v1}.
     *
     * <p>It is sent with the status 200 of a stream and of its HEAD, not with a refusal, a 204, or the answer of {@link
     * #streamIf}. Use a filter for headers of all responses. It replaces a header of the same name that a filter has
     * set; {@code Set-Cookie} is added to those of filters.
     *
     * @param name the name, a token (RFC 9110, section 5.6.2). The headers that flosse or the server sets are refused:
     *     {@code Cache-Control}, {@code Connection}, {@code Content-Encoding}, {@code Content-Length}, {@code
     *     Content-Type}, {@code Keep-Alive}, {@code Proxy-Connection}, {@code Trailer}, {@code Transfer-Encoding},
     *     {@code Upgrade} and {@code X-Accel-Buffering}
     * @param value the value: printable ASCII without leading and trailing spaces, may be empty
     * @return a new route, with the headers that were added before; of two with the same name the last one is sent
     * @throws IllegalArgumentException if the name or the value is not allowed
     */
    public SseRoute header(String name, String value) {
        Header checked = StreamHeaders.ofRoute(name, value);
        return with(settings -> settings.header = RouteSettings.plus(settings.header, checked));
    }

    /**
     * Adds headers that depend on the request to the response of each stream. What is said of {@link #header} holds for
     * them too, and they replace fixed headers of the same name.
     *
     * @param headers returns the names and values for a request; not null, may be empty. It is called after all checks,
     *     when the body has been read, and before the generator. Its exceptions, and a name or value that is not
     *     allowed, are answered as an exception before the first yield: with the status of an {@code HttpException}, 400
     *     for an invalid body, 503 for a {@link io.flosse.ServiceUnavailableException}, else 500 and a log message
     * @return a new route, with the headers that were added before
     */
    public SseRoute headers(Function<SseRequest, Map<String, String>> headers) {
        Objects.requireNonNull(headers);
        return with(settings -> settings.headers = RouteSettings.plus(settings.headers, headers));
    }

    /**
     * Answers only some requests with a stream, so that one address can send a stream or a JSON object.
     *
     * <pre>{@code
     * routing.post("/chat", Flosse.stream(chat).streamIf(
     *         request -> request.body(JsonObject.class).getBoolean("stream", false),
     *         (request, response) -> response.send(answer(request.body(JsonObject.class)))))
     * }</pre>
     *
     * <p>The condition is evaluated after all checks, when the body has been read. What the checks have taken, such as a
     * place in a throttle, is released when {@code otherwise} has returned. A GET is answered with 406 or, after the end
     * of its stream, with 204 only if the stream was chosen.
     *
     * @param condition whether a request gets a stream. Its exceptions are answered as an exception before the first
     *     yield: with the status of an {@code HttpException}, 400 for an invalid body, 503 for a {@link
     *     io.flosse.ServiceUnavailableException}, else 500 and a log message
     * @param otherwise answers the other requests. Its exceptions are answered likewise, unless the response has begun:
     *     then it is cut
     * @return a new route; a later call replaces both
     */
    public SseRoute streamIf(Predicate<SseRequest> condition, Otherwise otherwise) {
        Objects.requireNonNull(otherwise);
        Optional<StreamChoice> choice = Optional.of(new StreamChoice(condition, otherwise::handle));
        return with(settings -> settings.streamIf = choice);
    }

    /** The answer to a request that gets no stream. See {@link SseRoute#streamIf}. */
    @FunctionalInterface
    public interface Otherwise {

        /**
         * Sends the response, as a Helidon handler does. The response to HEAD is sent without its body.
         *
         * @param request the request, with its body; Helidon's own is {@code request.unwrap(ServerRequest.class)}, whose
         *     content has been read
         * @param response the response; flosse has set neither its status nor a header
         * @throws Exception any exception; see {@link SseRoute#streamIf}
         */
        void handle(SseRequest request, ServerResponse response) throws Exception;
    }

    /**
     * Opens the stream at the first yield instead of directly after the permission checks. An exception before the
     * first yield is then answered with an HTTP error status: that of Helidon's {@code HttpException}, 503 or its
     * disguise for a {@link io.flosse.ServiceUnavailableException}, or 500 for any other exception.
     *
     * @return a new route
     */
    public SseRoute openOnFirstYield() {
        return with(settings -> settings.openOnFirstYield = true);
    }

    /**
     * Omits the {@code end} event after the generator has returned, so that a client reconnects and runs the generator
     * again. No id and no 204 stop it. Only if the route has an {@link #onError}, the id is answered with 204, because an
     * event of it may have ended the stream for good. (The {@code onError} of a view does not count.)
     *
     * <p>By default a GET stream ends with {@code event: end}, {@code id: flosse:end}, {@code data: {}}. A client that
     * reconnects with that id gets 204, which stops it from reconnecting (WHATWG 9.2.3).
     *
     * @return a new route
     */
    public SseRoute noEndEvent() {
        return with(settings -> settings.noEndEvent = true);
    }

    /**
     * Sets the event that is sent after the generator of a GET has returned, or after a channel has ended, in place of
     * {@code event: end}, {@code data: {}}. It always has the id {@code flosse:end}, so a client that reconnects gets 204.
     *
     * <p>{@code endEvent(SseEvent.of("[DONE]"))} is understood by clients of language models. {@code
     * endEvent(SseEvent.ofId("flosse:end"))} sends the id alone, for clients that dispatch every {@code data}.
     *
     * @param event the event, without an id or with {@code flosse:end}. If its data can't be written as JSON, that is logged
     *     and the id is sent alone
     * @return a new route, which sends this event even if {@link #noEndEvent} was called before
     * @throws IllegalArgumentException if the event has another id
     */
    public SseRoute endEvent(SseEvent event) {
        Optional<SseEvent> checked = Optional.of(RouteSettings.checkEndEvent(event));
        return with(settings -> {
            settings.endEvent = checked;
            settings.noEndEvent = false;
        });
    }

    /**
     * Renames the events that flosse itself sends: {@code end}, {@code gap} and {@code error}, also where a subscription
     * or a job sends them. Events of {@link #endEvent} and {@link #onError} keep the names that they have.
     *
     * <pre>{@code
     * route.eventNames(Map.of("error", "failure", "gap", "missed"))
     * }</pre>
     *
     * @param names the new names by the old ones, which replace the previous ones; an event that is missing keeps its name
     * @return a new route
     * @throws IllegalArgumentException if an old name is none of the three, or a new name contains CR, LF or NUL
     */
    public SseRoute eventNames(Map<String, String> names) {
        EventNames checked = EventNames.of(names);
        return with(settings -> settings.eventNames = checked);
    }

    /**
     * Reads {@code Last-Event-ID} from a query parameter if a request does not have that header, or has an empty one. Some
     * polyfills of EventSource can't send the header and send a parameter in its place.
     *
     * <p>The parameter then counts wherever the header counts: for {@link io.flosse.SseRequest#lastEventId}, for
     * subscriptions, and for the 204 after the end. White space around the id is removed. An id with a control character
     * is answered with 400.
     *
     * @param name the name of the parameter, such as {@code lastEventId}; by default only the header is read
     * @return a new route
     * @throws IllegalArgumentException if the name is empty or blank
     */
    public SseRoute lastEventIdParameter(String name) {
        Optional<String> checked = Optional.of(RouteSettings.checkLastEventIdParameter(name));
        return with(settings -> settings.lastEventIdParameter = checked);
    }

    /**
     * Sets the event that reports an exception of the generator after the stream has opened. The default is {@code
     * event: error}, {@code data: {"error":"internal","ref":"<id>"}}. The exception is logged in any case.
     *
     * @param mapping maps the exception to the event; an empty result selects the default. If it uses the exception's
     *     message, the client sees that message. An event that can't be sent, such as one with an {@linkplain
     *     SseEvent#withId id} that is not ASCII, is replaced by the default. An event with {@link SseEvent#withEndId}
     *     ends the stream for good: a client that reconnects gets 204
     * @return a new route
     */
    public SseRoute onError(Function<Throwable, Optional<SseEvent>> mapping) {
        Objects.requireNonNull(mapping);
        return with(settings -> {
            settings.onError = Optional.of(mapping);
            settings.onErrorMayEndForGood = true;
        });
    }

    /**
     * Sets the maximum size of the request body.
     *
     * @param bytes the maximum in bytes, 1 MiB by default; a larger body is answered with 413
     * @return a new route
     * @throws IllegalArgumentException if it is negative
     */
    public SseRoute maxBodySize(int bytes) {
        int checked = requireBodySize(bytes);
        return with(settings -> settings.maxBodySize = checked);
    }

    private static int requireBodySize(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("maxBodySize must not be negative, but is " + bytes);
        }
        return bytes;
    }

    /**
     * Answers temporary refusals with their status, 429 or 503, for all clients. {@link
     * FlosseFeature.Builder#refuseWithStatus} does so for all routes of a server.
     *
     * <p>By default, a GET whose {@code Accept} is exactly {@code text/event-stream} gets 200 and one {@code retry:}
     * instead. The reason is that a browser's EventSource does not reconnect after any other status.
     *
     * @return a new route
     */
    public SseRoute refuseWithStatus() {
        return with(settings -> settings.refuseWithStatus = true);
    }

    /**
     * Sets the heartbeat interval. When a stream has written nothing for that long, it writes the comment {@code :}, or
     * the {@linkplain #heartbeatEvent heartbeat event}, so that proxies do not close the idle connection. No blank line
     * follows the comment, because some clients deliver an empty event for one (WHATWG 9.2.6).
     *
     * @param interval the interval, by default that of the server (8 s); at least 10 ms, or zero: then there are no
     *     heartbeats, and the stream starts with its headers alone instead of a comment
     * @return a new route
     * @throws IllegalArgumentException if it is shorter than 10 ms and not zero
     */
    public SseRoute heartbeat(Duration interval) {
        Optional<Duration> checked = Optional.of(RouteSettings.checkHeartbeat(interval));
        return with(settings -> settings.heartbeat = checked);
    }

    /**
     * Sets an event that is written as heartbeat instead of the comment {@code :}, for clients that should see heartbeats
     * or cannot read comments. The stream then also starts with its headers alone instead of a comment. It counts as a
     * heartbeat, not as an event.
     *
     * @param event the event, such as {@code SseEvent.of("").withEvent("ping")}. It is encoded once, by this method, so
     *     its data is a string or what flosse encodes itself, such as a map
     * @return a new route
     * @throws IllegalArgumentException if it has an id, which would replace that of the last real event in the client,
     *     or no data, or data that cannot be encoded
     */
    public SseRoute heartbeatEvent(SseEvent event) {
        Optional<FramedEvent> encoded = Optional.of(RouteSettings.heartbeatEvent(event));
        return with(settings -> settings.heartbeatEvent = encoded);
    }

    /**
     * Sets the write timeout. A stream ends if its client does not accept a slice of at most 16 KiB within that time.
     *
     * @param timeout the timeout, by default that of the server (30 s)
     * @return a new route
     * @throws IllegalArgumentException if it is not positive
     */
    public SseRoute writeTimeout(Duration timeout) {
        Optional<Duration> checked = Optional.of(Durations.positive("writeTimeout", timeout));
        return with(settings -> settings.writeTimeout = checked);
    }

    /**
     * Sets the maximum duration of a stream. When it ends, its client may reconnect; the permissions are then checked
     * again.
     *
     * @param duration the duration, which is shortened at random by up to a tenth; by default that of the server, which
     *     is unlimited unless configured
     * @return a new route
     * @throws IllegalArgumentException if it is not positive
     */
    public SseRoute maxDuration(Duration duration) {
        Optional<Duration> checked = Optional.of(Durations.positive("maxDuration", duration));
        return with(settings -> settings.maxDuration = checked);
    }

    /**
     * Checks the permissions periodically while the stream is open. The stream ends if a permission denies, throws, or
     * does not return within the {@linkplain #writeTimeout write timeout}. If one throws a {@link
     * io.flosse.ServiceUnavailableException}, a last {@code retry:} says when the client should come back. Permissions
     * see the identity as it was when the stream opened; a permission that depends on later changes must look them up
     * itself.
     *
     * @param interval the time between two checks; by default there are none
     * @return a new route
     * @throws IllegalArgumentException if it is not positive
     */
    public SseRoute recheck(Duration interval) {
        Optional<Duration> checked = Optional.of(Durations.positive("recheck", interval));
        return with(settings -> settings.recheck = checked);
    }

    /**
     * Lets the generator go on while the server drains, so that a stream that will end by itself is not cut short by a
     * deployment. A stream that is still open shortly before the end of the grace period is ended as {@code DRAINED}
     * then, with a last {@code retry:} frame. New requests are refused during the drain, as on any other route.
     *
     * <p>It has no effect on {@code WebServer.stop()} without a {@linkplain FlosseFeature#drain drain}.
     *
     * @return a new route
     */
    public SseRoute finishOnDrain() {
        return with(settings -> settings.finishOnDrain = true);
    }

    /**
     * Sets whether flosse interrupts the generator when its stream ends while the generator still runs, because the
     * client leaves or for any other cause. An interrupt ends whatever the generator waits for. But it also closes every
     * {@link java.nio.channels.FileChannel} that the generator is using, for all threads of the application: that of an
     * embedded database, for example.
     *
     * <p>With {@code false}, flosse interrupts neither the generator nor a {@linkplain #recheck recheck} of its
     * permissions. Only the waits of flosse end and throw: {@code yield}, {@code sink.sleep}, and those of a
     * {@link io.flosse.channel.Subscription} and an {@link io.flosse.EventQueue} of this stream. Any other call that blocks lasts until it returns by
     * itself; the next {@code yield} throws. Until then the stream counts as open. Others may still interrupt the
     * thread: Helidon does so when the server stops, and 4.5.1 and later when an HTTP/2 connection ends. Nothing changes
     * on the wire.
     *
     * @param interrupt true, the default, to interrupt
     * @return a new route
     */
    public SseRoute interruptOnLeave(boolean interrupt) {
        return with(settings -> settings.interruptOnLeave = interrupt);
    }

    /**
     * Answers a request whose body flosse reads.
     *
     * @param request the request; if its body has been read already, the answer is 500 and a log message that names
     *     {@link #handle(ServerRequest, ServerResponse, Object)}
     * @param response the response, not sent yet
     */
    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        handle(request, response, null);
    }

    /**
     * Answers a request whose body the calling handler has read, for example to choose between several routes.
     *
     * <pre>{@code
     * routing.post("/chat", (request, response) -> {
     *     JsonObject body = request.content().as(JsonObject.class);
     *     routeOf(body).handle(request, response, body);
     * })
     * }</pre>
     *
     * <p>What the handler has left unread of the request's body is read and discarded. The limit of {@link
     * #maxBodySize} holds only if it has read nothing.
     *
     * @param request the request
     * @param response the response, not sent yet
     * @param body the body, which {@link SseRequest#body} returns if it is of the requested type, also in permissions;
     *     for any other type that method throws an {@link IllegalStateException}. If it is null, flosse reads the body
     */
    public void handle(ServerRequest request, ServerResponse response, @Nullable Object body) {
        UnreadBody unread = UnreadBody.of(request, response);
        try {
            pipeline.handle(request, response, body, unread);
        } catch (HttpException | RequestException error) {
            throw unread.prepareAnswer(error);
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
            settings.headers = List.of(view::headers);
            settings.openOnFirstYield = view.openOnFirstYield();
            settings.noEndEvent = view.noEndEvent();
            settings.endEvent = view.endEvent().map(RouteSettings::checkEndEvent);
            settings.eventNames = EventNames.of(view.eventNames());
            settings.lastEventIdParameter = view.lastEventIdParameter().map(RouteSettings::checkLastEventIdParameter);
            settings.refuseWithStatus = view.refuseWithStatus();
            view.maxBodySize().ifPresent(bytes -> settings.maxBodySize = requireBodySize(bytes));
            settings.heartbeat = view.heartbeat().map(RouteSettings::checkHeartbeat);
            settings.heartbeatEvent = view.heartbeatEvent().map(RouteSettings::heartbeatEvent);
            settings.writeTimeout = view.writeTimeout().map(value -> Durations.positive("writeTimeout", value));
            settings.maxDuration = view.maxDuration().map(value -> Durations.positive("maxDuration", value));
            settings.recheck = view.recheck().map(value -> Durations.positive("recheck", value));
            settings.finishOnDrain = view.finishOnDrain();
            settings.interruptOnLeave = view.interruptOnLeave();
            settings.onError = Optional.of(view::onError);
        });
    }

    private SseRoute with(Consumer<RouteSettings> change) {
        RouteSettings copy = new RouteSettings(settings);
        change.accept(copy);
        return new SseRoute(source, copy);
    }
}
