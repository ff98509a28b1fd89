package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.flosse.internal.wire.Json;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonGenerator;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * flosse's fast encoders of text and JSON write the same bytes as the JDK and jakarta.json, except for unpaired
 * surrogates.
 */
class EncoderEquivalenceTest {

    private static final JsonProvider PROVIDER = JsonProvider.provider();

    private static final String[] PARTS = {
        "\n", "\r", "\r\n", "\r\r\n", "\0", "\b", "\f", "\t", "\u001f", " ", "\u007f", "\u0080", "\u0085", "\u07ff",
        "\u0800", "\u2028", "\u20ac", "\ufeff", "\uffff", "\uD83D\uDE00", "\uD83D", "\uDE00", "\"", "\\", "/", "a", "",
                "data"
    };

    private static final long[] LONGS = {0, -1, 9, 10, 99, 100, Integer.MIN_VALUE, Long.MIN_VALUE, Long.MAX_VALUE};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261124})
    void textEncodingEqualsThatOfTheJdk(long seed) {
        Random random = new Random(seed);
        FrameBuffer ofText = new FrameBuffer(1);
        FrameBuffer ofBytes = new FrameBuffer(1);
        for (int i = 0; i < 20_000; i++) {
            String text = text(random);
            SseEvent event = SseEvent.of(text).withRetry(Duration.ofMillis(positive(random)));
            Frames.textEvent(ofText, event, text);
            Frames.event(ofBytes, event, replaced(text).getBytes(StandardCharsets.UTF_8));
            assertThat(string(ofText))
                    .isEqualTo(string(ofBytes))
                    .contains("retry: "
                            + Math.min(Integer.MAX_VALUE, event.retry().get().toMillis()) + "\n");
            ofText.restart(0);
            ofBytes.restart(0);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261124})
    void jsonEncodingEqualsThatOfJakartaJson(long seed) {
        Random random = new Random(seed);
        Json json = new Json(Json.ObjectWriter.none());
        for (int i = 0; i < 20_000; i++) {
            Object value = value(random, 4);
            String expected = generated(value);
            if (!(value instanceof String)) {
                assertThat(new String(json.data(value), StandardCharsets.UTF_8)).isEqualTo(expected);
            }
            json.write(
                    value,
                    out -> assertThat(new String(out.array(), 0, out.length(), StandardCharsets.UTF_8))
                            .isEqualTo(expected));
        }
    }

    private static String string(FrameBuffer frames) {
        return new String(frames.array(), 0, frames.length(), StandardCharsets.UTF_8);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(PARTS[random.nextInt(PARTS.length)]);
        }
        return text.toString();
    }

    private static boolean isSurrogate(int codePoint) {
        return Character.getType(codePoint) == Character.SURROGATE;
    }

    /** Returns the text with U+FFFD for each unpaired surrogate. */
    private static String replaced(String text) {
        int[] points = text.codePoints().map(c -> isSurrogate(c) ? 0xFFFD : c).toArray();
        return new String(points, 0, points.length);
    }

    /** Returns the text with an escape for each unpaired surrogate, which jakarta.json replaces by a question mark. */
    private static String escaped(String json) {
        StringBuilder escaped = new StringBuilder();
        json.codePoints().forEach(c -> {
            if (isSurrogate(c)) {
                escaped.append(String.format("\\u%04x", c));
            } else {
                escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }

    private static long positive(Random random) {
        return random.nextLong() >>> (1 + random.nextInt(63));
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 16 : 12)) {
            case 0 -> text(random);
            case 1 -> random.nextInt();
            case 2 -> random.nextBoolean() ? positive(random) : -positive(random);
            case 3 -> LONGS[random.nextInt(LONGS.length)];
            case 4 -> (short) random.nextInt();
            case 5 -> (byte) random.nextInt();
            case 6 -> random.nextBoolean() ? random.nextDouble() : random.nextGaussian() * 1e300;
            case 7 -> new BigInteger(100, random).negate();
            case 8 -> new BigDecimal(new BigInteger(70, random), random.nextInt(200) - 100);
            case 9 -> random.nextBoolean();
            case 10 -> null;
            case 11 -> jsonValue(random);
            case 12, 13 -> list(random, depth - 1);
            default -> map(random, depth - 1);
        };
    }

    private static JsonValue jsonValue(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> JsonValue.NULL;
            case 1 -> JsonValue.TRUE;
            case 2 -> PROVIDER.createValue(text(random));
            case 3 -> PROVIDER.createValue(random.nextDouble());
            case 4 ->
                PROVIDER.createArrayBuilder()
                        .add(text(random))
                        .add(random.nextInt())
                        .addNull()
                        .build();
            default ->
                PROVIDER.createObjectBuilder()
                        .add(text(random), text(random))
                        .add("n", random.nextLong())
                        .build();
        };
    }

    private static List<Object> list(Random random, int depth) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(value(random, depth));
        }
        return list;
    }

    private static Map<String, Object> map(Random random, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            map.put(text(random), value(random, depth));
        }
        return map;
    }

    private static String generated(Object value) {
        StringWriter json = new StringWriter();
        try (JsonGenerator generator = PROVIDER.createGenerator(json)) {
            generate(generator, value);
        }
        return escaped(json.toString());
    }

    private static void generate(JsonGenerator generator, Object value) {
        switch (value) {
            case null -> generator.writeNull();
            case JsonValue json -> generator.write(json);
            case Map<?, ?> map -> {
                generator.writeStartObject();
                map.forEach((key, element) -> {
                    generator.writeKey((String) key);
                    generate(generator, element);
                });
                generator.writeEnd();
            }
            case List<?> list -> {
                generator.writeStartArray();
                list.forEach(element -> generate(generator, element));
                generator.writeEnd();
            }
            case String text -> generator.write(text);
            case Boolean bool -> generator.write(bool);
            case Double number -> generator.write(number);
            case BigInteger number -> generator.write(number);
            case BigDecimal number -> generator.write(number);
            default -> generator.write(((Number) value).longValue());
        }
    }
}
