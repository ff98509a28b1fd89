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
 * while the stream is open.
 */
public final class RequestBody {

    private final ServerRequest request;
    private final JsonSupport json;
    private byte[] bytes = {};

    public RequestBody(ServerRequest request, JsonSupport json) {
        this.request = request;
        this.json = json;
    }

    /**
     * Reads the body.
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
        } catch (HttpException | RequestException e) {
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
        if (request.headers().contentLength().orElse(0) > maxBodySize) {
            throw tooLarge(maxBodySize);
        }
        // The stream is not closed, because that would read the rest of a body that is too large.
        InputStream in = request.content().inputStream();
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

    /** Converts the body to a type. Throws an {@link InvalidBodyException} if it is not valid for that type. */
    <T> T as(Class<T> type) {
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

    /** Thrown if a body is not valid for the requested type. Before the stream opens it is answered with 400. */
    static final class InvalidBodyException extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        InvalidBodyException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
