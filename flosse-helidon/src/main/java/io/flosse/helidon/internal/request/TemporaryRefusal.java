package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.transport.StreamHeaders;
import io.flosse.internal.Durations;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The temporary refusal of a request, with the time after which the client may retry.
 *
 * <p>A browser's EventSource does not reconnect after any status but 200, and ignores {@code Retry-After}. So the GET
 * of a client that accepts exactly {@code text/event-stream} gets a stream that contains only {@code retry:} and a
 * comment. All other requests get the status.
 */
public final class TemporaryRefusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Status status;
    private final String reason;
    private final String message;
    private final Duration retryAfter;

    /**
     * Creates a refusal.
     *
     * @param reason the tag of the metric
     * @param message the text that the client gets
     */
    public TemporaryRefusal(Status status, String reason, String message, Duration retryAfter) {
        super(message, null, false, false);
        this.status = status;
        this.reason = reason;
        this.message = message;
        this.retryAfter = Durations.notNegative("retryAfter", retryAfter);
    }

    /** Returns the tag of the metric. */
    public String reason() {
        return reason;
    }

    /** Returns whether a request comes from an EventSource, which needs the refusal as a stream. */
    public static boolean needsStream(ServerRequest request) {
        return request.prologue().method().equals(Method.GET) && Accept.onlyEventStream(request.headers());
    }

    /** Returns the exception that Helidon answers with the status. */
    public HttpException asStatus() {
        return new HttpException(message, status, true)
                .header(HeaderValues.create(HeaderNames.RETRY_AFTER, Long.toString(retryAfterSeconds())));
    }

    /** Answers with a stream that contains only {@code retry:} and a comment. */
    public void sendAsStream(ServerResponse response) {
        FrameBuffer frames = new FrameBuffer(128);
        Frames.retry(frames, jittered(retryAfter));
        Frames.comment(frames, message);
        Frames.blankLine(frames);
        StreamHeaders.set(response);
        response.header(StreamHeaders.NO_STORE);
        response.send(frames.toByteArray());
    }

    /** Returns the wait in seconds, rounded up, at least 1. */
    private long retryAfterSeconds() {
        return Math.max(1, retryAfter.plusMillis(999).toSeconds());
    }

    /** Adds up to 50 % to a wait at random, so that clients refused together do not reconnect together. */
    public static Duration jittered(Duration wait) {
        return wait.plusMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2 + 1));
    }
}
