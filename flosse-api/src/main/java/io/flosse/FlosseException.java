package io.flosse;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** What flosse throws of its own. Bad arguments are {@link IllegalArgumentException}s instead. */
public abstract sealed class FlosseException extends RuntimeException permits StreamEndedException {

    @Serial
    private static final long serialVersionUID = 1L;

    FlosseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
