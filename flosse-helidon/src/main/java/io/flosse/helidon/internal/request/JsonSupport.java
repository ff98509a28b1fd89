package io.flosse.helidon.internal.request;

import io.flosse.internal.wire.Json;
import io.helidon.common.GenericType;
import io.helidon.common.media.type.MediaType;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.http.WritableHeaders;
import io.helidon.http.media.EntityWriter;
import io.helidon.http.media.MediaContext;
import io.helidon.http.media.UnsupportedTypeException;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The JSON support of one listener: flosse's encoder, and Helidon's media support for objects that it cannot encode.
 */
public final class JsonSupport {

    private static final JsonProvider PROVIDER = JsonProvider.provider();
    private static final WritableHeaders<?> NO_HEADERS = WritableHeaders.create();

    private final MediaContext mediaContext;
    private final Map<Class<?>, EntityWriter<Object>> writers = new ConcurrentHashMap<>();
    private final Json json = new Json(this::writeObject);

    public JsonSupport(MediaContext mediaContext) {
        this.mediaContext = mediaContext;
    }

    public Json json() {
        return json;
    }

    /** Parses a JSON value. */
    JsonValue read(byte[] bytes) {
        try (JsonReader reader = PROVIDER.createReader(new ByteArrayInputStream(bytes))) {
            return reader.readValue();
        }
    }

    /** Writes an object in the given media type. */
    public byte[] write(Object object, MediaType mediaType) {
        return mediaType.equals(MediaTypes.APPLICATION_JSON)
                ? json.data(object)
                : write(object, mediaType, writer(object, mediaType));
    }

    private byte[] writeObject(Object object) {
        EntityWriter<Object> writer =
                writers.computeIfAbsent(object.getClass(), type -> writer(object, MediaTypes.APPLICATION_JSON));
        return write(object, MediaTypes.APPLICATION_JSON, writer);
    }

    private EntityWriter<Object> writer(Object object, MediaType mediaType) {
        return mediaContext.writer(GenericType.create(object), NO_HEADERS, headers(mediaType));
    }

    private static byte[] write(Object object, MediaType mediaType, EntityWriter<Object> writer) {
        var bytes = new ByteArrayOutputStream(128);
        try {
            writer.write(GenericType.create(object), object, bytes, NO_HEADERS, headers(mediaType));
        } catch (UnsupportedTypeException e) {
            throw new IllegalArgumentException(
                    "No media support can write " + object.getClass().getName() + " as " + mediaType.text()
                            + ": add one to the class path, such as helidon-http-media-jsonb for JSON, or yield a map",
                    e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    object.getClass().getName() + " could not be written as " + mediaType.text()
                            + ": see the cause for the value that its media support rejects",
                    e);
        }
        return bytes.toByteArray();
    }

    /**
     * Creates headers with only the content type: JSON-B rejects request headers that accept only text/event-stream.
     */
    private static WritableHeaders<?> headers(MediaType mediaType) {
        WritableHeaders<?> headers = WritableHeaders.create();
        headers.set(HeaderNames.CONTENT_TYPE, mediaType.text());
        return headers;
    }
}
