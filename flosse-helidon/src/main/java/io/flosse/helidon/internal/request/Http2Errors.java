package io.flosse.helidon.internal.request;

import io.helidon.http.BadRequestException;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;

/**
 * Keeps the status of an error on HTTP/2. An exception that ends its HTTP/1.1 connection, as most do, is answered with
 * {@code Connection: close}; HTTP/2 knows no such header, so there Helidon 4.3 resets the stream instead of
 * answering. To a {@code BadRequestException} 4.5 gives no answer either.
 */
final class Http2Errors {

    private Http2Errors() {}

    /** The same error, for a connection that stays. A class of the user's own is left to the user's error handler. */
    static HttpException answerable(HttpException error) {
        if (error.keepAlive()) {
            return error;
        }
        HttpException same;
        if (error.getClass() == InternalServerException.class) {
            same = new InternalServerException(error.getMessage(), error.getCause(), true);
        } else if (error.getClass() == BadRequestException.class) {
            // Of that one Helidon sends no message, and on HTTP/2 nothing at all.
            same = new HttpException("Bad request", error.status(), error, true);
        } else if (error.getClass() == HttpException.class) {
            same = new HttpException(error.getMessage(), error.status(), error.getCause(), true);
        } else {
            return error;
        }
        error.headers().forEach(same::header);
        return same;
    }
}
