package io.flosse.helidon.internal.request;

import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.transport.Http2Stream;
import io.helidon.common.GenericType;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.HttpMediaType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.http.media.UnsupportedTypeException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request. It is read completely before the stream opens, so that only flosse reads from the connection
 * while the stream is open. A handler that has read it may pass it to the route as an object.
 */
public final class RequestBody {

    private final ServerRequest request;
    private final JsonSupport json;
    private final @Nullable Object passed;

    /** Null until the body has been read. */
    private byte @Nullable [] bytes;

    /**
     * Creates the body of a request.
     *
     * @param passed the body as the application's handler has read it; null if flosse reads it
     */
    public RequestBody(ServerRequest request, JsonSupport json, @Nullable Object passed) {
        this.request = request;
        this.json = json;
        this.passed = passed;
        this.bytes = request.content().hasEntity() ? null : new byte[0];
    }

    /**
     * Reads the body. If a body was passed, reads and discards what the handler has left unread of the request's body.
     *
     * @param maxBodySize the maximum size in bytes; a larger body is answered with 413
     * @param timeout the time to read the body. After it, an HTTP/1.1 connection is closed; an HTTP/2 request is
     *     answered with 408
     */
    public void read(int maxBodySize, Duration timeout, Scheduler scheduler) {
        if (!request.content().hasEntity()) {
            return;
        }
        RuntimeException failure = null;
        boolean expired;
        BodyDeadline deadline = new BodyDeadline(timeout, scheduler);
        try {
            bytes = readAtMost(maxBodySize);
        } catch (HttpException | RequestException | AlreadyReadException e) {
            failure = e;
        } catch (IOException | RuntimeException e) {
            // The client has disconnected, or its content length or chunks are invalid. Neither is worth a log message.
            failure = new HttpException("The body could not be read", Status.BAD_REQUEST_400, e, false);
        } finally {
            expired = deadline.end();
        }
        if (expired) {
            // Also without a failure: on HTTP/2 an interrupted read looks like the end of the body.
            throw timedOut(failure);
        }
        if (failure instanceof RequestException && Http2Stream.isGone(request)) {
            // Helidon would log the RequestException.
            throw new CloseConnectionException("The client disconnected while its body was read", failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private byte[] readAtMost(int maxBodySize) throws IOException {
        boolean isRead = passed != null || request.content().consumed();
        if (!isRead && request.headers().contentLength().orElse(0) > maxBodySize) {
            throw tooLarge(maxBodySize);
        }
        // The stream is not closed, because that would read the rest of a body that is too large.
        InputStream in;
        try {
            in = request.content().inputStream();
        } catch (IllegalStateException alreadyRequested) {
            if (passed == null) {
                throw new AlreadyReadException(alreadyRequested);
            }
            request.content().consume();
            return new byte[0];
        }
        byte[] content = in.readNBytes(maxBodySize);
        if (content.length == maxBodySize && in.read() != -1) {
            throw tooLarge(maxBodySize);
        }
        if (!request.content().consumed()) {
            request.content().consume(); // the content encoding may end before the transfer encoding
        }
        return content;
    }

    private RuntimeException timedOut(@Nullable Exception cause) {
        // The interrupt has closed the socket of an HTTP/1.1 connection, so a response cannot be sent.
        return request.prologue().protocolVersion().startsWith("1")
                ? new CloseConnectionException("The body took too long", cause)
                : new HttpException("The body took too long", Status.REQUEST_TIMEOUT_408, cause, false);
    }

    private static HttpException tooLarge(int maxBodySize) {
        return new HttpException(
                "The body is larger than " + maxBodySize + " bytes", Status.REQUEST_ENTITY_TOO_LARGE_413, false);
    }

    /**
     * Converts the body to a type.
     *
     * @throws InvalidBodyException if it is not valid for that type
     * @throws IllegalStateException if it was passed as an object of another type, or has not been read yet
     */
    <T> T as(Class<T> type) {
        if (passed != null) {
            return castPassed(passed, type);
        }
        byte[] bytes = this.bytes;
        if (bytes == null) {
            throw new IllegalStateException("The body of the request has not been read yet. It is read after the"
                    + " authenticators, permissions and throttles: use it in streamIf, headers or the generator");
        }
        if (type == byte[].class) {
            return type.cast(bytes.clone());
        }
        if (type == String.class) {
            return type.cast(new String(bytes, charset()));
        }
        try {
            if (JsonValue.class.isAssignableFrom(type)) {
                return type.cast(json.read(bytes));
            }
            WritableHeaders<?> headers = WritableHeaders.create();
            request.headers()
                    .contentType()
                    .ifPresent(contentType -> headers.set(HeaderNames.CONTENT_TYPE, contentType.text()));
            GenericType<T> generic = GenericType.create(type);
            return request.listenerContext()
                    .mediaContext()
                    .reader(generic, headers)
                    .read(generic, new ByteArrayInputStream(bytes), headers);
        } catch (UnsupportedTypeException e) {
            throw new IllegalStateException(
                    "No media support can read a body as " + type.getName()
                            + ": add one to the class path, such as helidon-http-media-jsonb",
                    e);
        } catch (RuntimeException e) {
            throw new InvalidBodyException("The body is not a valid " + type.getSimpleName(), e);
        }
    }

    private static <T> T castPassed(Object passed, Class<T> type) {
        if (type.isInstance(passed)) {
            return type.cast(passed);
        }
        String actual = passed.getClass().getName();
        throw new IllegalStateException("The handler passed the body as a " + actual + ", which is no " + type.getName()
                + ". Pass a " + type.getName() + " to handle(request, response, body), or call body(...) with the type"
                + " that was passed");
    }

    private Charset charset() {
        try {
            return request.headers()
                    .contentType()
                    .flatMap(HttpMediaType::charset)
                    .map(Charset::forName)
                    .orElse(StandardCharsets.UTF_8);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new InvalidBodyException("The body has an unknown charset: send it in UTF-8", e);
        }
    }

    /** Thrown if the application has read the body before flosse. */
    private static final class AlreadyReadException extends IllegalStateException {

        private static final long serialVersionUID = 1L;

        AlreadyReadException(Throwable cause) {
            super(
                    "A handler or filter has read the body of the request before its route. A handler that reads the body"
                            + " must pass it, not null, as in route.handle(request, response, body). A filter must keep"
                            + " it by request.content().buffer(), of Helidon 4.4.1 or later",
                    cause);
        }
    }

    /** Thrown if a body is not valid for the requested type. Before the stream opens it is answered with 400. */
    static final class InvalidBodyException extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        InvalidBodyException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
