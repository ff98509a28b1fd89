package io.flosse;

import io.flosse.internal.channel.fanout.SlowConsumerException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The stream has ended while its generator was still running, or the yielding thread was interrupted. Let it pass: flosse
 * knows why the stream ended and logs nothing.
 */
public sealed class StreamEndedException extends FlosseException
        permits ClientDisconnectedException, SlowConsumerException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * For flosse and for tests of generators.
     *
     * @param message why the stream ended
     * @param cause what made it end, null if it was no exception
     */
    public StreamEndedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
