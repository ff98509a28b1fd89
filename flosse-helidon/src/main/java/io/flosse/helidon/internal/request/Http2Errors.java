package io.flosse.helidon.internal.request;

import io.helidon.http.BadRequestException;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;

/**
 * Converts exceptions so that Helidon answers them with their status on HTTP/2.
 *
 * <p>Most exceptions close their HTTP/1.1 connection by {@code Connection: close}. HTTP/2 has no such header, so
 * Helidon 4.3 resets the stream instead of sending a response. Helidon 4.5 sends no response to a {@code
 * BadRequestException} either.
 */
final class Http2Errors {

    private Http2Errors() {}

    /**
     * Returns an equal exception that keeps its connection. A user-defined exception class is returned unchanged,
     * because an error handler may be registered for it.
     */
    static HttpException withKeepAlive(HttpException error) {
        if (error.keepAlive()) {
            return error;
        }
        HttpException copy;
        if (error.getClass() == InternalServerException.class) {
            copy = new InternalServerException(error.getMessage(), error.getCause(), true);
        } else if (error.getClass() == BadRequestException.class) {
            // Helidon does not send the message of this class; on HTTP/2 it sends no response at all.
            copy = new HttpException("Bad request", error.status(), error, true);
        } else if (error.getClass() == HttpException.class) {
            copy = new HttpException(error.getMessage(), error.status(), error.getCause(), true);
        } else {
            return error;
        }
        error.headers().forEach(copy::header);
        return copy;
    }
}
