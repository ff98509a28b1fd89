package io.flosse;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The client has gone: it closed its connection, or did not take what was written within the write timeout. */
public final class ClientDisconnectedException extends StreamEndedException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * For flosse and for tests of generators.
     *
     * @param message how its leaving was noticed
     * @param cause the failure of the write or read, null if there was none
     */
    public ClientDisconnectedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
