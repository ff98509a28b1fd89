package io.flosse;

import io.flosse.channel.ChannelUnavailableException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** What flosse throws of its own. Bad arguments are {@link IllegalArgumentException}s instead. */
public abstract sealed class FlosseException extends RuntimeException
        permits StreamEndedException, ChannelUnavailableException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * For the exceptions of flosse.
     *
     * @param message what was wrong
     * @param cause the failure behind it, null if there was none
     */
    protected FlosseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
