package io.flosse;

import io.flosse.channel.ChannelUnavailableException;
import io.flosse.internal.Durations;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when something that a stream needs can't be reached at the moment, such as a database. The client is asked to
 * come back; any other exception before the stream opens is answered with 500, after which a browser's EventSource stops
 * for good.
 *
 * <pre>{@code
 * Permission member = request -> {
 *     try {
 *         return database.isMember(request.identity());
 *     } catch (SQLException e) {
 *         throw new ServiceUnavailableException("The member table can't be read", Duration.ofSeconds(5), e);
 *     }
 * };
 * }</pre>
 *
 * <ul>
 *   <li>Thrown by an authenticator, a permission, a throttle, the functions of {@code headers}, {@code streamIf} and
 *       {@code Flosse.subscribe}, or a generator that has not opened its stream: the temporary refusal. It is 503 with {@code Retry-After} (RFC 9110, section 10.2.3). A GET whose {@code Accept} is
 *       exactly {@code text/event-stream} gets 200 and a {@code retry:} instead.
 *   <li>Thrown by a generator after the opening: the stream fails as with any other exception. The default {@code error}
 *       event also has a {@code retry:} field.
 *   <li>Thrown by a permission during a recheck: the stream ends as {@link EndCause#REVOKED}, after a last {@code
 *       retry:}. A client that comes back passes the permissions again.
 * </ul>
 *
 * <p>The message and the cause are never sent to the client. Unless thrown after the opening, they are logged at DEBUG.
 */
public sealed class ServiceUnavailableException extends FlosseException permits ChannelUnavailableException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** How long the client should wait. */
    private final Duration retryAfter;

    /**
     * Creates the exception.
     *
     * @param message what can't be reached, for the log
     * @param retryAfter how long the client should wait, not negative. A {@code retry:} is chosen at random between this
     *     and one and a half times this; {@code Retry-After} is this in seconds, rounded up, at least 1
     * @throws IllegalArgumentException if the wait is negative
     */
    public ServiceUnavailableException(String message, Duration retryAfter) {
        this(message, retryAfter, null);
    }

    /**
     * Creates the exception with a cause.
     *
     * @param message what can't be reached, for the log
     * @param retryAfter how long the client should wait, not negative
     * @param cause the underlying failure, null if there was none
     * @throws IllegalArgumentException if the wait is negative
     */
    public ServiceUnavailableException(String message, Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.retryAfter = Durations.notNegative("retryAfter", retryAfter);
    }

    /**
     * Returns how long the client should wait.
     *
     * @return the wait, at most a century
     */
    public final Duration retryAfter() {
        return retryAfter;
    }
}
