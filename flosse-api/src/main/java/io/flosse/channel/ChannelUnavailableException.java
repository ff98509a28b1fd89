package io.flosse.channel;

import io.flosse.FlosseException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The store behind a channel can't be reached, or its family was closed. It is not known whether what was asked for was done:
 * a store may have done so and its answer not have come.
 */
public final class ChannelUnavailableException extends FlosseException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * For implementations of channels and for tests of those who use them.
     *
     * @param message what could not be done, and with which store
     * @param cause the failure behind it, null if there was none
     */
    public ChannelUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
