package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.transport.StreamHeaders;
import io.flosse.internal.Durations;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A refusal for the moment only.
 *
 * <p>A browser's EventSource gives up for good on any status but 200, and ignores {@code Retry-After}. So a client that
 * accepts exactly {@code text/event-stream} gets a stream that does nothing but tell it when to come back; everybody else
 * gets the status.
 */
public final class TemporaryRefusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Status status;
    private final String reason;
    private final Duration wait;

    public TemporaryRefusal(Status status, String reason, Duration wait) {
        super(reason, null, false, false);
        this.status = status;
        this.reason = reason;
        this.wait = Durations.notNegative("retryAfter", wait);
    }

    public void send(ServerRequest request, ServerResponse response, boolean alwaysStatus) {
        if (alwaysStatus || !Accept.onlyEventStream(request.headers())) {
            throw new HttpException(reason, status, true)
                    .header(HeaderValues.create(HeaderNames.RETRY_AFTER, Long.toString(seconds())));
        }
        FrameBuffer frames = new FrameBuffer(128);
        Frames.retry(frames, spread(wait));
        Frames.comment(frames, reason);
        StreamHeaders.set(response);
        response.header(StreamHeaders.NO_STORE);
        response.send(frames.toByteArray());
    }

    private long seconds() {
        return Math.max(1, wait.plusMillis(999).toSeconds());
    }

    /** At random from the wait to half as much again, so that those who were refused together do not return together. */
    static Duration spread(Duration wait) {
        return wait.plusMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2 + 1));
    }
}
