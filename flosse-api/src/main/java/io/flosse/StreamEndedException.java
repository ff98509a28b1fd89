package io.flosse;

import io.flosse.internal.channel.fanout.SlowConsumerException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when the stream has ended while its generator was still running, or when the yielding thread was interrupted.
 * Do not catch it: flosse knows why the stream ended and logs nothing.
 */
public sealed class StreamEndedException extends FlosseException
        permits ClientDisconnectedException, SlowConsumerException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception. Used by flosse and by tests of generators.
     *
     * @param message why the stream ended
     * @param cause the exception that ended the stream, null if there was none
     */
    public StreamEndedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
