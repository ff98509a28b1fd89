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

/** The body of a request: read whole before the stream opens, so that afterwards nobody but flosse reads the socket. */
public final class RequestBody {

    private final ServerRequest request;
    private final JsonSupport json;
    private byte[] bytes = {};

    public RequestBody(ServerRequest request, JsonSupport json) {
        this.request = request;
        this.json = json;
    }

    /**
     * Reads the body: at most so many bytes, a larger one is 413; for at most so long, then the connection is closed, or
     * where requests share it the answer is 408.
     */
    public void read(int maxBodySize, Duration timeout, Scheduler scheduler) {
        if (!request.content().hasEntity()) {
            return;
        }
        RuntimeException failed = null;
        boolean late;
        BodyDeadline deadline = new BodyDeadline(timeout, scheduler);
        try {
            bytes = readAtMost(maxBodySize);
        } catch (HttpException | RequestException e) {
            failed = e;
        } catch (IOException | RuntimeException e) {
            // The client has gone in the middle, or its length or chunks are none: nothing to make a noise about.
            failed = new HttpException("The body could not be read", Status.BAD_REQUEST_400, e, false);
        } finally {
            late = deadline.end();
        }
        if (late) {
            throw tooSlow(failed); // even if there is none: on HTTP/2 an interrupt looks like the end of the body
        }
        if (failed instanceof RequestException && Http2Stream.isGone(request)) {
            throw new CloseConnectionException(
                    "The client has left", failed); // of the other Helidon would make a noise
        }
        if (failed != null) {
            throw failed;
        }
    }

    private byte[] readAtMost(int maxBodySize) throws IOException {
        if (request.headers().contentLength().orElse(0) > maxBodySize) {
            throw tooLarge(maxBodySize);
        }
        // Not closed: that would read a body to its end which is too large already.
        InputStream in = request.content().inputStream();
        byte[] read = in.readNBytes(maxBodySize);
        if (read.length == maxBodySize && in.read() != -1) {
            throw tooLarge(maxBodySize);
        }
        if (!request.content().consumed()) {
            request.content().consume(); // an encoded body may end before its transfer does
        }
        return read;
    }

    private RuntimeException tooSlow(@Nullable Exception interrupted) {
        // The interrupt has closed the socket of an HTTP/1.1 connection: nobody is there to be answered.
        return request.prologue().protocolVersion().startsWith("1")
                ? new CloseConnectionException("The body took too long", interrupted)
                : new HttpException("The body took too long", Status.REQUEST_TIMEOUT_408, interrupted, false);
    }

    private static HttpException tooLarge(int maxBodySize) {
        return new HttpException(
                "The body is larger than " + maxBodySize + " bytes", Status.REQUEST_ENTITY_TOO_LARGE_413, false);
    }

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
            request.headers().contentType().ifPresent(it -> headers.set(HeaderNames.CONTENT_TYPE, it.text()));
            GenericType<T> generic = GenericType.create(type);
            return request.listenerContext()
                    .mediaContext()
                    .reader(generic, headers)
                    .read(generic, new ByteArrayInputStream(bytes), headers);
        } catch (UnsupportedTypeException e) {
            throw new IllegalStateException(
                    "No media support reads a body as " + type.getName()
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
            throw new InvalidBodyException("The body is in an unknown charset", e);
        }
    }

    /** A body that is no such value: 400 where the stream is not open yet. */
    static final class InvalidBodyException extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        InvalidBodyException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
