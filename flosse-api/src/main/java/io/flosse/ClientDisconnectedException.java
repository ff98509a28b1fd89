package io.flosse;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Thrown when the client closed its connection or did not read written data within the write timeout. */
public final class ClientDisconnectedException extends StreamEndedException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception. Used by flosse and by tests of generators.
     *
     * @param message how the disconnect was detected
     * @param cause the failed write or read, null if there was none
     */
    public ClientDisconnectedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
