package io.flosse;

import io.flosse.auth.Authenticator;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A stream as a class: a generator with its own permissions, retry and other route settings.
 *
 * <pre>{@code
 * class Progress extends SseView {
 *     @Override
 *     public List<Permission> permissions() {
 *         return List.of(new IsAuthenticated());
 *     }
 *
 *     @Override
 *     public void generate(SseRequest request, Yield sink) {
 *         sink.yield("progress", Map.of("step", 1));
 *     }
 * }
 * }</pre>
 *
 * <p>All methods except {@link #generate}, {@link #headers} and {@link #onError} are called once, when the route is
 * created. One view serves all requests, so keep the state of a stream in local variables of {@code generate}, not in
 * fields.
 *
 * <p>A view can't answer a request without a stream, because that takes the server's own response. Use the route's
 * option for it: {@code Flosse.stream(view).streamIf(...)}.
 */
public abstract class SseView implements Generator {

    /** Creates a view. */
    protected SseView() {}

    /**
     * Returns the permissions that a request needs.
     *
     * @return the permissions, checked in this order; none unless overridden
     */
    public List<Permission> permissions() {
        return List.of();
    }

    /**
     * Returns the authenticators that determine the identity of a request.
     *
     * @return the authenticators, called in this order; if there is none, the server's default applies
     */
    public List<Authenticator> authenticators() {
        return List.of();
    }

    /**
     * Returns the throttles that limit the number and the rate of streams.
     *
     * @return the throttles, called in this order; none unless overridden
     */
    public List<Throttle> throttles() {
        return List.of();
    }

    /**
     * Returns how long a client waits before it reconnects.
     *
     * @return the {@code retry} of the first frame; empty for the server's default
     */
    public Optional<Duration> retry() {
        return Optional.empty();
    }

    /**
     * Returns the headers to add to the response of a stream, fixed or depending on the request. They are sent with the
     * status 200 of a stream and of its HEAD, not with a refusal.
     *
     * @param request the request, which has passed all checks and whose body has been read
     * @return the names (tokens, RFC 9110, section 5.6.2) and the values (printable ASCII without leading and trailing
     *     spaces); none unless overridden. Other names or values, and headers that flosse or the server sets, such as
     *     {@code Content-Type} and {@code Cache-Control}, are answered with 500 and a log message
     */
    public Map<String, String> headers(SseRequest request) {
        return Map.of();
    }

    /**
     * Returns whether the stream opens with the first yield, so that an earlier exception becomes an HTTP error status.
     *
     * @return false unless overridden: the stream opens after all checks, before {@link #generate} is called
     */
    public boolean openOnFirstYield() {
        return false;
    }

    /**
     * Returns whether the {@code end} event is left out after the generator has returned, so that a client that reconnects
     * runs the generator again.
     *
     * @return false unless overridden: the stream ends with {@code event: end}, and a reconnecting client gets 204
     */
    public boolean noEndEvent() {
        return false;
    }

    /**
     * Returns the event that is sent after the generator of a GET has returned, in place of {@code event: end}. It always
     * has the id {@code flosse:end}, so a client that reconnects gets 204. {@code SseEvent.ofId("flosse:end")} sends the
     * id alone.
     *
     * @return the event, without an id or with {@code flosse:end}; empty for {@code event: end}, {@code data: {}}. Not used
     *     with {@link #noEndEvent}
     */
    public Optional<SseEvent> endEvent() {
        return Optional.empty();
    }

    /**
     * Returns other names for the events that flosse itself sends.
     *
     * @return the new names of {@code end}, {@code gap} and {@code error}, as in {@code Map.of("error", "failure")}; those
     *     that are missing keep their names
     */
    public Map<String, String> eventNames() {
        return Map.of();
    }

    /**
     * Returns the query parameter from which {@code Last-Event-ID} is read if a request does not have that header.
     *
     * @return the name of the parameter, such as {@code lastEventId}, not empty; empty to read only the header
     */
    public Optional<String> lastEventIdParameter() {
        return Optional.empty();
    }

    /**
     * Returns whether a temporary refusal (429, 503) is always sent as a status.
     *
     * @return false unless overridden: a GET whose {@code Accept} is exactly {@code text/event-stream} gets 200 and a
     *     {@code retry:} instead, unless the server always sends the status
     */
    public boolean refuseWithStatus() {
        return false;
    }

    /**
     * Returns the largest request body that is read.
     *
     * @return the limit in bytes, not negative; empty for the default of 1 MiB. A larger body is answered with 413
     */
    public OptionalInt maxBodySize() {
        return OptionalInt.empty();
    }

    /**
     * Returns after how long a silence a heartbeat is written: the comment {@code :}, or the {@link #heartbeatEvent()}.
     *
     * @return the interval, at least 10 ms, or zero for no heartbeats and no comment at the start; empty for the
     *     server's default
     */
    public Optional<Duration> heartbeat() {
        return Optional.empty();
    }

    /**
     * Returns the event that is written as heartbeat in place of a comment, for clients that should see heartbeats or
     * cannot read comments. The stream then starts without the comment {@code :} too.
     *
     * @return the event, without an id. Its data is a string or what flosse encodes itself, such as a map; empty for
     *     the comment
     */
    public Optional<SseEvent> heartbeatEvent() {
        return Optional.empty();
    }

    /**
     * Returns how long a client may take for 16 KiB (TLS: 4 KiB) before its stream is ended.
     *
     * @return the timeout, positive; empty for the server's default
     */
    public Optional<Duration> writeTimeout() {
        return Optional.empty();
    }

    /**
     * Returns how long a stream may last.
     *
     * @return the duration, positive; empty for the server's default
     */
    public Optional<Duration> maxDuration() {
        return Optional.empty();
    }

    /**
     * Returns how often the permissions are checked again while the stream is open.
     *
     * @return the interval, positive; empty for never
     */
    public Optional<Duration> recheck() {
        return Optional.empty();
    }

    /**
     * Returns whether the generator goes on while the server drains, so that a stream that will end by itself is not cut
     * short by a deployment.
     *
     * @return false unless overridden: a drain ends the stream at once. With true, it ends the stream shortly before the
     *     end of the grace period, with a last {@code retry:} frame
     */
    public boolean finishOnDrain() {
        return false;
    }

    /**
     * Returns whether the generator is interrupted when its stream ends while it still runs, because the client leaves
     * or for any other cause. Such an interrupt also closes every {@link java.nio.channels.FileChannel} that the
     * generator is using, for all threads of the application.
     *
     * @return true unless overridden. With false, only the waits of flosse end and throw: {@code yield}, {@code
     *     sink.sleep}, and those of a subscription and an {@link EventQueue}. Any other call that blocks lasts until it returns by itself
     */
    public boolean interruptOnLeave() {
        return true;
    }

    /**
     * Returns the event that reports an exception to the client after the stream has opened.
     *
     * @param failure the exception from {@code generate}; it is logged in any case
     * @return the event. If empty, the default, the client gets {@code event: error} with
     *     {@code {"error":"internal","ref":"..."}}. An event with {@link SseEvent#withEndId} ends the stream for good: a
     *     client that reconnects gets 204
     */
    public Optional<SseEvent> onError(Throwable failure) {
        return Optional.empty();
    }
}
