package io.flosse.internal.wire;

import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns the payload of an event into the bytes of its data: a string as it is, anything else as JSON. Thread-safe.
 *
 * <p>Maps, collections, arrays, strings, enums, numbers, booleans, null and the values of jakarta.json are written here;
 * other objects through the {@link ObjectWriter}.
 */
public final class Json {

    /** Writes the objects that are not known here: records, POJOs. */
    @FunctionalInterface
    public interface ObjectWriter {

        /**
         * Writes an object.
         *
         * @param object the object
         * @return its JSON in UTF-8
         * @throws IllegalArgumentException if this type cannot be written
         */
        byte[] write(Object object);

        /**
         * No support for objects.
         *
         * @return a writer that refuses every object
         */
        static ObjectWriter none() {
            return object -> {
                throw new IllegalArgumentException("No JSON support for "
                        + object.getClass().getName() + ": yield a map, a list or a JsonValue instead");
            };
        }
    }

    /** Each level takes some 400 bytes of the stack, and a value that contains itself has no end. */
    private static final int MOST_LEVELS = 1024;

    private final JsonProvider provider;
    private final ObjectWriter objects;
    private final BufferPool<JsonBuffer> spare = new BufferPool<>(() -> new JsonBuffer(256), 16 * 1024);

    /**
     * JSON with the provider that is installed.
     *
     * @param provider the provider, looked up once by the caller
     * @param objects what writes other objects
     */
    public Json(JsonProvider provider, ObjectWriter objects) {
        this.provider = provider;
        this.objects = objects;
    }

    /**
     * The bytes of an event's data.
     *
     * @param payload the payload
     * @return a string's UTF-8, or JSON
     * @throws IllegalArgumentException if the payload is no JSON: a NaN, an infinity, a null key, an unknown type, more than
     *     1,024 objects and arrays inside each other
     */
    public byte[] data(@Nullable Object payload) {
        if (payload instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (payload != null && !isJson(payload)) {
            return objects.write(payload);
        }
        JsonBuffer json = spare.take();
        try {
            write(json, payload, 0);
            return json.toByteArray();
        } finally {
            spare.release(json);
        }
    }

    /**
     * The same without garbage, for data that is no string.
     *
     * @param payload the payload
     * @param consumer what is given the JSON; it must not keep the buffer
     * @throws IllegalArgumentException as {@link #data} throws it
     */
    public void write(@Nullable Object payload, Consumer<JsonBuffer> consumer) {
        JsonBuffer json = spare.take();
        try {
            if (payload != null && !isJson(payload)) {
                json.write(objects.write(payload));
            } else {
                write(json, payload, 0);
            }
            consumer.accept(json);
        } finally {
            spare.release(json);
        }
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

    private void write(JsonBuffer out, @Nullable Object value, int level) {
        switch (value) {
            case null -> out.writeNull();
            case CharSequence text -> out.writeString(text.toString());
            case Map<?, ?> map -> object(out, map, deeper(level));
            case Collection<?> items -> array(out, items, deeper(level));
            case Boolean bool -> out.writeBoolean(bool);
            case Number number -> number(out, number);
            case JsonString string -> out.writeString(string.getString());
            // A number or one of the three words; objects and arrays are maps and lists.
            case JsonValue json -> out.writeLiteral(json.toString());
            case Character character -> out.writeString(character.toString());
            case Enum<?> constant -> out.writeString(constant.name());
            default -> {
                List<?> items = elements(value);
                if (items != null) {
                    array(out, items, deeper(level));
                } else {
                    write(out, embedded(value), level);
                }
            }
        }
    }

    private static int deeper(int level) {
        if (level == MOST_LEVELS) {
            throw new IllegalArgumentException("Objects and arrays are nested more than " + MOST_LEVELS
                    + " deep, or contain themselves: send a flatter value");
        }
        return level + 1;
    }

    private void object(JsonBuffer out, Map<?, ?> map, int level) {
        out.write((byte) '{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() == null) {
                throw new IllegalArgumentException("A JSON object has no null key, but the map has one");
            }
            first = comma(out, first);
            out.writeString(entry.getKey().toString());
            out.write((byte) ':');
            write(out, entry.getValue(), level);
        }
        out.write((byte) '}');
    }

    private void array(JsonBuffer out, Collection<?> items, int level) {
        out.write((byte) '[');
        boolean first = true;
        for (Object item : items) {
            first = comma(out, first);
            write(out, item, level);
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

    /** The elements of an array, null if the value is none. */
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

    private static List<?> boxed(int length, IntFunction<?> element) {
        return IntStream.range(0, length).mapToObj(element).toList();
    }

    private JsonValue embedded(Object object) {
        try (var reader = provider.createReader(new ByteArrayInputStream(objects.write(object)))) {
            return reader.readValue();
        }
    }
}
