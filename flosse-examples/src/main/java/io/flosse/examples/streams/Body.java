package io.flosse.examples.streams;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads the body of a POST: a JSON value if the content type is JSON, else text. Its size and its time are bounded, as
 * flosse bounds those of a stream. Helidon bounds neither for a route of the application.
 */
final class Body {

    private static final int MAX_BYTES = 64 * 1024;

    private Body() {}

    /**
     * Reads the body.
     *
     * @param timeout the time for the whole body, after which its connection is closed
     */
    static Object read(ServerRequest request, Duration timeout) throws InterruptedException {
        String text = new String(bytes(request, timeout), StandardCharsets.UTF_8);
        boolean json = request.headers()
                .contentType()
                .filter(type -> type.test(MediaTypes.APPLICATION_JSON))
                .isPresent();
        return json ? parse(text) : text;
    }

    private static byte[] bytes(ServerRequest request, Duration timeout) throws InterruptedException {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        // The stream is not closed, because that would read the rest of a body that is too large.
        InputStream body = request.content().inputStream();
        FutureTask<byte[]> read = new FutureTask<>(() -> body.readNBytes(MAX_BYTES + 1));
        Thread.startVirtualThread(read);
        try {
            byte[] bytes = read.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (bytes.length > MAX_BYTES) {
                throw new HttpException(
                        "The body is too large: send at most " + MAX_BYTES + " bytes",
                        Status.REQUEST_ENTITY_TOO_LARGE_413);
            }
            return bytes;
        } catch (ExecutionException e) {
            // The client has disconnected, or its content length or chunks are invalid.
            throw new HttpException("The body could not be read", Status.BAD_REQUEST_400);
        } catch (TimeoutException e) {
            throw new CloseConnectionException("The body took longer than " + timeout);
        } finally {
            read.cancel(true); // the interrupt of a virtual thread closes the socket that it reads
        }
    }

    private static Object parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readValue();
        } catch (RuntimeException e) {
            // Not only JsonException: the parser has exceptions of its own for deep nesting and long numbers.
            throw new HttpException("The body is not valid JSON, or is too deeply nested", Status.BAD_REQUEST_400);
        }
    }
}
