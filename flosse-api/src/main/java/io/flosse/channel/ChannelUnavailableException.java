package io.flosse.channel;

import io.flosse.ServiceUnavailableException;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when the store behind a channel can't be reached, when the {@link Channels} were closed, or when they have no
 * room for another channel. If a store can't be reached, the outcome of the operation is unknown: the store may have
 * completed it although its reply did not arrive. Otherwise nothing was done. Clients are asked to come back after 1 s.
 */
public final class ChannelUnavailableException extends ServiceUnavailableException {

    @Serial
    private static final long serialVersionUID = 1L;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /**
     * Creates the exception. Used by implementations of channels and by tests of their callers.
     *
     * @param message which operation failed, and on which store
     * @param cause the underlying failure, null if there was none
     */
    public ChannelUnavailableException(String message, @Nullable Throwable cause) {
        super(message, RETRY_AFTER, cause);
    }
}
