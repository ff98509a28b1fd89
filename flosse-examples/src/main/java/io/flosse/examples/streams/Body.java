package io.flosse.examples.streams;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Reads the body of a POST: a JSON value if the content type is JSON, else text. */
final class Body {

    private static final int MAX_BYTES = 64 * 1024;

    private Body() {}

    static Object read(ServerRequest request) {
        String text = new String(bytes(request), StandardCharsets.UTF_8);
        boolean json = request.headers()
                .contentType()
                .filter(type -> type.test(MediaTypes.APPLICATION_JSON))
                .isPresent();
        return json ? parse(text) : text;
    }

    private static byte[] bytes(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        try {
            // The stream is not closed, because that would read the rest of a body that is too large.
            InputStream body = request.content().inputStream();
            byte[] bytes = body.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new HttpException(
                        "The body is too large: send at most " + MAX_BYTES + " bytes",
                        Status.REQUEST_ENTITY_TOO_LARGE_413);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readValue();
        } catch (JsonException e) {
            throw new HttpException("The body is not valid JSON", Status.BAD_REQUEST_400);
        }
    }
}
