package io.flosse.helidon.internal.request;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;
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
 * What user code threw: the whole of it into the log, under a reference; to the client the reference and never the
 * message.
 */
public final class Failure {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final String ref;

    /** Logs what was thrown. */
    private Failure(Throwable thrown, String where) {
        this.ref = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        LOGGER.log(Level.ERROR, where + " failed, ref " + ref, thrown);
    }

    /** A failure that nobody is told of. */
    public static void log(Throwable thrown, String where) {
        new Failure(thrown, where);
    }

    /** A failure before the stream is open, as the exception that Helidon answers with. */
    public static RuntimeException beforeOpen(Throwable thrown, String where) {
        if (thrown instanceof HttpException || thrown instanceof RequestException) {
            return (RuntimeException) thrown;
        }
        if (thrown instanceof RequestBody.InvalidBodyException) {
            // Not a BadRequestException: of that one Helidon sends no message.
            return new HttpException(thrown.getMessage(), Status.BAD_REQUEST_400, thrown, true);
        }
        Failure failure = new Failure(thrown, where);
        return new InternalServerException("Internal error, ref " + failure.ref, thrown);
    }

    /** A failure after the stream has opened, as its last frame. */
    public static Consumer<FrameBuffer> afterOpen(
            Throwable thrown,
            String where,
            Function<Throwable, Optional<SseEvent>> mapping,
            Function<SseEvent, Consumer<FrameBuffer>> framing) {
        Failure failure = new Failure(thrown, where);
        try {
            return framing.apply(mapping.apply(thrown).orElseGet(failure::event));
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "onError of " + where + " failed, ref " + failure.ref, e);
            return framing.apply(failure.event());
        }
    }

    private SseEvent event() {
        return SseEvent.of("{\"error\":\"internal\",\"ref\":\"" + ref + "\"}").withEvent("error");
    }
}
