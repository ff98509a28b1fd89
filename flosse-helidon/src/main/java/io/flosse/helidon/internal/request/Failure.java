package io.flosse.helidon.internal.request;

import io.flosse.ServiceUnavailableException;
import io.flosse.SseEvent;
import io.flosse.internal.InvalidNameException;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;
import io.helidon.http.NotFoundException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An exception of user code under a random reference. The log gets the complete exception and the reference; if the
 * request caused the exception, one line at DEBUG. The client gets only the reference, never the message.
 */
public final class Failure {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final String ref;

    /** Creates a failure with a new reference, and logs it: one line at DEBUG if the request caused it. */
    private Failure(Throwable thrown, String subject) {
        this.ref = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        if (isCausedByRequest(thrown)) {
            LOGGER.log(
                    Level.DEBUG,
                    () -> subject + " failed because of its request, ref " + ref + ": "
                            + LogSanitizer.of(thrown.toString()));
        } else {
            LOGGER.log(Level.ERROR, subject + " failed, ref " + ref, thrown);
        }
    }

    /**
     * Returns whether an exception says that the request is invalid. Any other status, such as 404, can't be sent after
     * the open, which the developer of the generator has to know.
     */
    private static boolean isCausedByRequest(Throwable thrown) {
        return switch (thrown) {
            case InvalidNameException invalid -> true;
            case RequestBody.InvalidBodyException invalid -> true;
            case HttpException answer -> answer.status().equals(Status.BAD_REQUEST_400);
            case RequestException refused -> refused.status().equals(Status.BAD_REQUEST_400);
            default -> false;
        };
    }

    /**
     * Logs an exception that is not reported to the client.
     *
     * @param subject the subject of the log message, as in {@code A permission of /sse/ticks}
     */
    public static void log(Throwable thrown, String subject) {
        new Failure(thrown, subject);
    }

    /**
     * Returns the answer to an invalid request. Logs one line at DEBUG.
     *
     * @param message the body of the response, which must not contain text of the request
     * @param where the sanitized path, for the log
     */
    public static HttpException badRequest(String message, String where) {
        LOGGER.log(Level.DEBUG, () -> "A request to " + where + " is answered with 400: " + message);
        // Not a BadRequestException, because Helidon does not send its message.
        return new HttpException(message, Status.BAD_REQUEST_400, true);
    }

    /**
     * Returns the answer to a request for which no channel was found. Logs one line at DEBUG.
     *
     * @param thrown the reason, whose text may contain text of the request
     * @param subject the subject of the log message
     */
    public static RuntimeException noSuchChannel(RuntimeException thrown, String subject) {
        if (thrown instanceof RequestBody.InvalidBodyException) {
            return thrown;
        }
        LOGGER.log(
                Level.DEBUG,
                () -> subject + " found no channel, so the request is answered with 404: "
                        + LogSanitizer.of(thrown.toString()));
        return new NotFoundException("There is no such channel or job");
    }

    /**
     * Returns the exception that Helidon answers a failure with, before the stream has opened. Exceptions with an HTTP
     * status are returned unchanged and not logged; an invalid body is a 400, an invalid name of a channel a 404; a
     * ServiceUnavailableException becomes a {@link TemporaryRefusal}, which is not for Helidon; any other exception is
     * logged and becomes a 500.
     *
     * @param subject the subject of the log message
     */
    public static RuntimeException beforeOpen(Throwable thrown, String subject) {
        if (thrown instanceof HttpException
                || thrown instanceof RequestException
                || thrown instanceof TemporaryRefusal) {
            return (RuntimeException) thrown;
        }
        if (thrown instanceof RequestBody.InvalidBodyException) {
            // Not a BadRequestException, because Helidon does not send its message.
            return new HttpException(thrown.getMessage(), Status.BAD_REQUEST_400, thrown, true);
        }
        if (thrown instanceof InvalidNameException invalid) {
            return noSuchChannel(invalid, subject);
        }
        if (thrown instanceof ServiceUnavailableException unavailable) {
            LOGGER.log(
                    Level.DEBUG,
                    () -> subject + " asks the client to come back later; the request is refused: "
                            + LogSanitizer.of(thrown.toString()),
                    thrown);
            return new TemporaryRefusal(
                    Status.SERVICE_UNAVAILABLE_503,
                    "unavailable",
                    "This stream is not available at the moment",
                    unavailable.retryAfter());
        }
        Failure failure = new Failure(thrown, subject);
        return new InternalServerException("Internal error, ref " + failure.ref, thrown);
    }

    /**
     * Logs an exception after the stream has opened, and returns the frame that reports it to the client.
     *
     * @param subject the subject of the log message
     * @param mapping the route's mapping from an exception to an event; empty for the default event
     * @param defaultEvent creates the default event from the reference
     * @param framing creates a frame from an event
     */
    public static Consumer<FrameBuffer> afterOpen(
            Throwable thrown,
            String subject,
            Function<Throwable, Optional<SseEvent>> mapping,
            Function<String, SseEvent> defaultEvent,
            Function<SseEvent, Consumer<FrameBuffer>> framing) {
        Failure failure = new Failure(thrown, subject);
        try {
            return framing.apply(mapping.apply(thrown).orElseGet(() -> failure.reportedBy(defaultEvent, thrown)));
        } catch (Throwable e) {
            LOGGER.log(
                    Level.ERROR,
                    subject + " failed, and so did onError; sending the default error event, ref " + failure.ref,
                    e);
            return framing.apply(failure.reportedBy(defaultEvent, thrown));
        }
    }

    private SseEvent reportedBy(Function<String, SseEvent> defaultEvent, Throwable thrown) {
        SseEvent event = defaultEvent.apply(ref);
        return thrown instanceof ServiceUnavailableException unavailable
                ? event.withRetry(TemporaryRefusal.jittered(unavailable.retryAfter()))
                : event;
    }
}
