package io.flosse.internal.wire;

import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the payload of an event as the bytes of its data: a string unchanged, any other value as JSON. Thread-safe.
 *
 * <p>Maps, collections, arrays, strings, enums, numbers, booleans, null and the values of jakarta.json are encoded
 * here. The {@link ObjectWriter} encodes all other objects.
 */
public final class Json {

    /** Encodes objects that {@link Json} does not know: records, POJOs. */
    @FunctionalInterface
    public interface ObjectWriter {

        /**
         * Encodes an object.
         *
         * @param object the object
         * @return its JSON in UTF-8
         * @throws IllegalArgumentException if this type is not supported
         */
        byte[] write(Object object);

        /**
         * Returns a writer that rejects every object.
         *
         * @return the writer
         */
        static ObjectWriter none() {
            return object -> {
                throw new IllegalArgumentException("No JSON support for "
                        + object.getClass().getName() + ": yield a map, a list or a JsonValue instead");
            };
        }
    }

    /** Bounds the recursion: a level takes about 400 bytes of stack, and a value may contain itself. */
    private static final int MAX_DEPTH = 1024;

    private final ObjectWriter objectWriter;
    private final BufferPool<JsonBuffer> buffers = new BufferPool<>(() -> new JsonBuffer(256), 16 * 1024);

    /**
     * Creates an encoder.
     *
     * @param objectWriter encodes other objects
     */
    public Json(ObjectWriter objectWriter) {
        this.objectWriter = NativeImageWriter.wrapInImage(objectWriter);
    }

    /**
     * Returns the bytes of an event's data.
     *
     * @param payload the payload
     * @return the UTF-8 of a string, with U+FFFD for each unpaired surrogate; or JSON, where it is an escape
     * @throws IllegalArgumentException if the payload cannot be written as JSON: a NaN, an infinity, a null key, an
     *     unsupported type, or more than 1,024 levels of nested objects and arrays
     */
    public byte[] data(@Nullable Object payload) {
        if (payload != null && !(payload instanceof String) && !isJson(payload)) {
            return objectWriter.write(payload);
        }
        JsonBuffer json = buffers.take();
        try {
            if (payload instanceof String text) {
                json.write(text, 0, text.length());
            } else {
                write(json, payload, 0);
            }
            return json.toByteArray();
        } finally {
            buffers.release(json);
        }
    }

    /**
     * Encodes data that is not a string, without allocating garbage.
     *
     * @param payload the payload
     * @param consumer receives the JSON; it must not keep the buffer
     * @throws IllegalArgumentException as {@link #data} throws it
     */
    public void write(@Nullable Object payload, Consumer<JsonBuffer> consumer) {
        JsonBuffer json = buffers.take();
        try {
            if (payload != null && !isJson(payload)) {
                json.write(objectWriter.write(payload));
            } else {
                write(json, payload, 0);
            }
            consumer.accept(json);
        } finally {
            buffers.release(json);
        }
    }

    /**
     * Returns the UTF-8 of JSON text.
     *
     * @param json the text
     * @return its bytes; an unpaired surrogate is written as an escape
     */
    public static byte[] utf8(String json) {
        JsonBuffer bytes = new JsonBuffer(json.length() + 16);
        bytes.writeJson(json);
        return bytes.toByteArray();
    }

    private static boolean isJson(Object value) {
        return value instanceof Map
                || value instanceof Collection
                || value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Character
                || value instanceof Enum
                || value instanceof JsonValue
                || value.getClass().isArray();
    }

    private void write(JsonBuffer out, @Nullable Object value, int depth) {
        switch (value) {
            case null -> out.writeNull();
            case CharSequence text -> out.writeString(text.toString());
            case Map<?, ?> map -> object(out, map, nextDepth(depth));
            case Collection<?> items -> array(out, items, nextDepth(depth));
            case Boolean bool -> out.writeBoolean(bool);
            case Number number -> number(out, number);
            case JsonString string -> out.writeString(string.getString());
            // Only numbers, true, false and null get here: JsonObject is a Map and JsonArray a List.
            case JsonValue json -> out.writeLiteral(json.toString());
            case Character character -> out.writeString(character.toString());
            case Enum<?> constant -> out.writeString(constant.name());
            default -> {
                List<?> items = elements(value);
                if (items != null) {
                    array(out, items, nextDepth(depth));
                } else {
                    out.write(embedded(value));
                }
            }
        }
    }

    private static int nextDepth(int depth) {
        if (depth == MAX_DEPTH) {
            throw new IllegalArgumentException("Objects and arrays are nested more than " + MAX_DEPTH
                    + " deep, or contain themselves: send a flatter value");
        }
        return depth + 1;
    }

    private void object(JsonBuffer out, Map<?, ?> map, int depth) {
        out.write((byte) '{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() == null) {
                throw new IllegalArgumentException("A JSON object cannot have a null key, but the map has one");
            }
            first = comma(out, first);
            out.writeString(entry.getKey().toString());
            out.write((byte) ':');
            write(out, entry.getValue(), depth);
        }
        out.write((byte) '}');
    }

    private void array(JsonBuffer out, Collection<?> items, int depth) {
        out.write((byte) '[');
        boolean first = true;
        for (Object item : items) {
            first = comma(out, first);
            write(out, item, depth);
        }
        out.write((byte) ']');
    }

    private static boolean comma(JsonBuffer out, boolean first) {
        if (!first) {
            out.write((byte) ',');
        }
        return false;
    }

    private static void number(JsonBuffer out, Number number) {
        switch (number) {
            case Integer i -> out.writeDecimal(i);
            case Long l -> out.writeDecimal(l);
            case Short s -> out.writeDecimal(s);
            case Byte b -> out.writeDecimal(b);
            case BigInteger i -> out.writeLiteral(i.toString());
            case BigDecimal d -> out.writeLiteral(d.toString());
            case Double d -> out.writeLiteral(Double.toString(finite(d, d)));
            case Float f -> out.writeLiteral(new BigDecimal(Float.toString((float) finite(f, f))).toString());
            default -> out.writeLiteral(new BigDecimal(number.toString()).toString());
        }
    }

    private static double finite(double value, Number number) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("JSON has no " + number + "; send null or a string instead");
        }
        return value;
    }

    /** Returns the elements of an array, null if the value is not an array. */
    private static @Nullable List<?> elements(Object value) {
        return switch (value) {
            case Object[] array -> Arrays.asList(array);
            case int[] array -> Arrays.stream(array).boxed().toList();
            case long[] array -> Arrays.stream(array).boxed().toList();
            case double[] array -> Arrays.stream(array).boxed().toList();
            case float[] array -> boxed(array.length, i -> array[i]);
            case short[] array -> boxed(array.length, i -> array[i]);
            case byte[] array -> boxed(array.length, i -> array[i]);
            case char[] array -> boxed(array.length, i -> array[i]);
            case boolean[] array -> boxed(array.length, i -> array[i]);
            default -> null;
        };
    }

    /** Returns the JSON of an object inside a list or a map. */
    private byte[] embedded(Object object) {
        byte[] json = objectWriter.write(object);
        if (json.length == 0) {
            throw new IllegalArgumentException("The JSON support wrote nothing for "
                    + object.getClass().getName() + " inside a list or a map: it must write a JSON value");
        }
        return json;
    }

    private static List<?> boxed(int length, IntFunction<?> element) {
        return IntStream.range(0, length).mapToObj(element).toList();
    }
}
