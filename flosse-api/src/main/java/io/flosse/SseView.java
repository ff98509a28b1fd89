package io.flosse;

import io.flosse.auth.Authenticator;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A stream as a class: a generator that brings its own permissions, retry and so on.
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
 * <p>The methods other than {@link #generate} and {@link #onError} are asked once, when the route is made. One view serves
 * all requests, so what belongs to one stream belongs in local variables of {@code generate}, not in fields.
 */
public abstract class SseView implements Generator {

    /** For subclasses. */
    protected SseView() {}

    /**
     * Who may listen.
     *
     * @return the permissions, asked in this order; none unless overridden
     */
    public List<Permission> permissions() {
        return List.of();
    }

    /**
     * Who is asking.
     *
     * @return the authenticators, asked in this order; if there is none, the server's default
     */
    public List<Authenticator> authenticators() {
        return List.of();
    }

    /**
     * How many streams, and how often.
     *
     * @return the throttles, asked in this order; none unless overridden
     */
    public List<Throttle> throttles() {
        return List.of();
    }

    /**
     * How long a client waits before it reconnects.
     *
     * @return the first frame's {@code retry}, empty for none
     */
    public Optional<Duration> retry() {
        return Optional.empty();
    }

    /**
     * Whether the stream opens with the first yield, so that an exception before it is an HTTP error status.
     *
     * @return false unless overridden: the stream opens right after the permissions
     */
    public boolean openOnFirstYield() {
        return false;
    }

    /**
     * Whether a client that reconnects after the generator has returned runs it again.
     *
     * @return false unless overridden: the stream ends with {@code event: end}, and such a client gets 204
     */
    public boolean noEndEvent() {
        return false;
    }

    /**
     * The event that tells the client of an exception after the stream has opened.
     *
     * @param failure what {@code generate} threw; it is logged in any case
     * @return the event; unless overridden, or if empty, {@code event: error} with {@code {"error":"internal","ref":"..."}}
     */
    public Optional<SseEvent> onError(Throwable failure) {
        return Optional.empty();
    }
}
