package io.flosse.internal;

import jakarta.json.JsonException;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonGenerator;
import jakarta.json.stream.JsonGeneratorFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns the payload of an event into the bytes of its data: a string as it is, anything else as JSON. Thread-safe.
 *
 * <p>Maps, iterables, arrays, strings, enums, numbers, booleans, null and the values of jakarta.json are written through
 * jakarta.json; other objects through the {@link ObjectWriter}.
 */
public final class Json {

    /** Writes the objects that jakarta.json does not know: records, POJOs. */
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

    private final JsonProvider provider;
    private final JsonGeneratorFactory generators;
    private final ObjectWriter objects;

    /**
     * JSON with the provider that is installed.
     *
     * @param provider the provider, looked up once by the caller
     * @param objects what writes other objects
     */
    public Json(JsonProvider provider, ObjectWriter objects) {
        this.provider = provider;
        this.generators = provider.createGeneratorFactory(Map.of());
        this.objects = objects;
    }

    /**
     * The bytes of an event's data.
     *
     * @param payload the payload
     * @return a string's UTF-8, or JSON
     * @throws IllegalArgumentException if the payload is no JSON: a NaN, an infinity, a null key, an unknown type
     */
    public byte[] data(@Nullable Object payload) {
        if (payload instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (payload != null && !isJson(payload)) {
            return objects.write(payload);
        }
        var bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator generator = generators.createGenerator(bytes)) {
            write(generator, payload);
        } catch (JsonException e) {
            throw new IllegalArgumentException("No JSON can be made of this payload: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    private static boolean isJson(Object value) {
        return value instanceof Map
                || value instanceof Iterable
                || value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Character
                || value instanceof Enum
                || value instanceof JsonValue
                || value.getClass().isArray();
    }

    private void write(JsonGenerator generator, @Nullable Object value) {
        switch (value) {
            case null -> generator.writeNull();
            case JsonValue json -> generator.write(json);
            case Map<?, ?> map -> object(generator, map);
            case Iterable<?> items -> array(generator, items);
            case Boolean bool -> generator.write(bool);
            case Number number -> number(generator, number);
            case CharSequence text -> generator.write(text.toString());
            case Character character -> generator.write(character.toString());
            case Enum<?> constant -> generator.write(constant.name());
            default -> {
                List<?> items = elements(value);
                if (items != null) {
                    array(generator, items);
                } else {
                    generator.write(embedded(value));
                }
            }
        }
    }

    private void object(JsonGenerator generator, Map<?, ?> map) {
        generator.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() == null) {
                throw new IllegalArgumentException("A JSON object has no null key, but the map has one");
            }
            generator.writeKey(entry.getKey().toString());
            write(generator, entry.getValue());
        }
        generator.writeEnd();
    }

    private void array(JsonGenerator generator, Iterable<?> items) {
        generator.writeStartArray();
        for (Object item : items) {
            write(generator, item);
        }
        generator.writeEnd();
    }

    private static void number(JsonGenerator generator, Number number) {
        switch (number) {
            case Integer i -> generator.write(i);
            case Long l -> generator.write(l);
            case Short s -> generator.write(s);
            case Byte b -> generator.write(b);
            case BigInteger i -> generator.write(i);
            case BigDecimal d -> generator.write(d);
            case Double d -> generator.write(finite(d, d));
            case Float f -> generator.write(new BigDecimal(Float.toString((float) finite(f, f))));
            default -> generator.write(new BigDecimal(number.toString()));
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
