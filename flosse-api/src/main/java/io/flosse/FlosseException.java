package io.flosse;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The base class of flosse's exceptions. Invalid arguments cause an {@link IllegalArgumentException} instead. */
public abstract sealed class FlosseException extends RuntimeException
        permits StreamEndedException, ServiceUnavailableException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what was wrong
     * @param cause the underlying failure, null if there was none
     */
    protected FlosseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
