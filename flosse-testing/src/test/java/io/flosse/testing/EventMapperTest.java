package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.flosse.SseEvent;
import jakarta.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.CharBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Month;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every yield style and its special cases. */
class EventMapperTest {

    private final RecordingYield sink = RecordingYield.create();

    @Test
    void stringIsText() {
        sink.yield("hello");
        assertWire("data: hello\n\n");
    }

    @Test
    void stringInObjectVariableIsText() {
        Object value = "hello";
        sink.yield(value);
        assertWire("data: hello\n\n");
    }

    @Test
    void stringThatLooksLikeJsonIsText() {
        sink.yield("\"quoted\"");
        assertWire("data: \"quoted\"\n\n");
    }

    @Test
    void eventNameIsWritten() {
        sink.yield("update", Map.of("count", 1));
        assertWire("event: update\ndata: {\"count\":1}\n\n");
    }

    @Test
    void eventNameAndIdAreWritten() {
        sink.yield("update", Map.of("count", 1), "evt-42");
        assertWire("id: evt-42\nevent: update\ndata: {\"count\":1}\n\n");
    }

    @Test
    void mapWithDataSetsTheEventFields() {
        sink.yield(Map.of("data", Map.of("a", 1), "event", "greet", "id", 7, "retry", 1500));
        assertWire("retry: 1500\nid: 7\nevent: greet\ndata: {\"a\":1}\n\n");
    }

    @Test
    void eventWithoutDataHasOnlyAnIdOrARetry() {
        sink.yield(SseEvent.ofId("7"));
        sink.yield(SseEvent.ofRetry(Duration.ofSeconds(5)));
        sink.yield(SseEvent.ofRetry(Duration.ZERO).withId("8"));
        sink.yield(SseEvent.ofId(""));
        assertWire("id: 7\n\nretry: 5000\nretry: 0\nid: 8\n\nid:\n\n");
        assertThat(sink.events()).as("clients do not dispatch them").isEmpty();
        sink.yield(SseEvent.ofId("9"));
        sink.yield("x");
        assertThat(sink.events()).containsExactly(SseEvent.of("x").withId("9"));
    }

    @Test
    void eventWithoutDataDiffersFromOneWithJsonNull() {
        SseEvent none = SseEvent.ofId("7");
        assertThat(none.hasData()).isFalse();
        assertThat(none.data()).isNull();
        assertThat(none)
                .isEqualTo(SseEvent.ofId("7"))
                .isNotEqualTo(SseEvent.of(null).withId("7"));
        assertThat(none.toString()).isEqualTo("SseEvent[data=<none>, event=null, id=7, retry=null]");
        assertThat(SseEvent.of(null).hasData()).isTrue();
    }

    @Test
    void eventWithoutDataHasNoName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SseEvent.ofId("7").withEvent("lost"))
                .withMessageContaining("'lost'")
                .withMessageContaining("SseEvent.of(data)");
    }

    @Test
    void reservedIdOfTheEndEventIsRejected() {
        for (String end : List.of("flosse:end", "flosse:end ", "flosse:end\t", "  flosse:end")) {
            assertThat(SseEvent.of("x").withId(end).id())
                    .as("an event may hold it")
                    .contains(end);
            for (Runnable yielding : List.<Runnable>of(
                    () -> sink.yield(SseEvent.of("x").withId(end)),
                    () -> sink.yield(SseEvent.ofId(end)),
                    () -> sink.yield(Map.of("data", "x", "id", end)),
                    () -> sink.yield("update", "x", end))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(yielding::run)
                        .withMessageContaining("'flosse:end' is reserved")
                        .withMessageContaining("return from the generator");
            }
        }
        sink.yield("update", "x", "flosse:end2");
        assertWire("id: flosse:end2\nevent: update\ndata: x\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"caf\u00e9", "a\tb", "\u007f", "\u0001", " a", "a ", " ", "\uD83D\uDE00"})
    void idThatAHeaderCannotCarryBackIsRejected(String id) {
        assertThat(SseEvent.of("x").withId(id).id()).as("an event may hold it").contains(id);
        for (Runnable yielding : List.<Runnable>of(
                () -> sink.yield(SseEvent.of("x").withId(id)),
                () -> sink.yield(Map.of("data", "x", "id", id)),
                () -> sink.yield("update", "x", id))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(yielding::run)
                    .withMessageContaining("could not send it back unchanged in the header Last-Event-ID")
                    .withMessageContaining("Use an id of 1 to 1024 printable ASCII characters");
        }
        assertWire("");
    }

    @Test
    void messageOfARejectedIdNamesItsProblemAndIsShort() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield("update", "x", "caf\u00e9"))
                .withMessageStartingWith("The id 'caf\u00e9' has the character U+00E9 at index 3, so ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield("update", "x", "a\u001b"))
                .withMessageStartingWith("The id 'a\\u001b' has the character U+001B at index 1, so ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield("update", "x", "i".repeat(1_025)))
                .withMessageStartingWith("The id '" + "i".repeat(40) + "...' has 1025 characters, so ");
    }

    @Test
    void printableAsciiIdsAndTheEmptyIdAreSent() {
        String printable = "!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~ ~";
        for (String id : List.of(printable, "i".repeat(1_024), "")) {
            sink.yield("update", "x", id);
        }
        assertWire("id: " + printable + "\nevent: update\ndata: x\n\n"
                + "id: " + "i".repeat(1_024) + "\nevent: update\ndata: x\n\n"
                + "id:\nevent: update\ndata: x\n\n");
    }

    /** A token stream may split an emoji. */
    @Test
    void unpairedSurrogateInJsonIsWrittenAsAnEscape() {
        sink.yield(Map.of("token", "a\uD83D"));
        sink.yield(Map.of("\uDE00", List.of("\uD83D\uDE00", Json.createValue("\uDE00b"), '\uD83D')));
        assertWire("data: {\"token\":\"a\\ud83d\"}\n\n"
                + "data: {\"\\ude00\":[\"\uD83D\uDE00\",\"\\ude00b\",\"\\ud83d\"]}\n\n");
    }

    /** What the documentation recommends for a map made from user input. */
    @Test
    void mapAsDataOfAnEventSetsNoField() {
        sink.yield(SseEvent.of(Map.of("id", "flosse:end")));
        sink.yield(SseEvent.of(Map.of("data", "x")).withEvent("user"));
        assertWire("data: {\"id\":\"flosse:end\"}\n\nevent: user\ndata: {\"data\":\"x\"}\n\n");
    }

    @Test
    void mapWithDataAcceptsDurationAsRetry() {
        sink.yield(Map.of("data", "x", "retry", Duration.ofSeconds(2)));
        assertWire("retry: 2000\ndata: x\n\n");
    }

    @Test
    void mapWithDataIgnoresNullFields() {
        Map<String, Object> map = new HashMap<>();
        map.put("data", null);
        map.put("id", null);
        sink.yield(map);
        assertWire("data: null\n\n");
    }

    @Test
    void mapWithDataAndUnknownKeyIsRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield(Map.of("data", "x", "evnt", "typo")))
                .withMessageContaining("'evnt'")
                .withMessageContaining("SseEvent.of(map)");
        assertWire("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"event", "id", "retry"})
    void mapWithFieldOfWrongTypeIsRejected(String field) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield(Map.of("data", "x", field, List.of())))
                .withMessageContaining(field);
    }

    @Test
    void mapWithoutDataIsJson() {
        sink.yield(Map.of("foo", "bar"));
        assertWire("data: {\"foo\":\"bar\"}\n\n");
    }

    @Test
    void mapWithDataIsPayloadOfNamedEvent() {
        sink.yield("update", Map.of("data", "x"));
        assertWire("event: update\ndata: {\"data\":\"x\"}\n\n");
    }

    @Test
    void mapWithDataIsPayloadOfSseEvent() {
        sink.yield(SseEvent.of(Map.of("data", "x")));
        assertWire("data: {\"data\":\"x\"}\n\n");
    }

    @Test
    void nullIsRejected() {
        assertThatNullPointerException().isThrownBy(() -> sink.yield((Object) null));
        assertWire("");
    }

    @Test
    void nullPayloadIsJsonNull() {
        sink.yield("u", null);
        assertWire("event: u\ndata: null\n\n");
    }

    @Test
    void valuesAreJson() {
        sink.yield(42);
        sink.yield(true);
        sink.yield(List.of("a", 1, List.of()));
        sink.yield(new int[] {1, 2});
        sink.yield(new Object[] {"a", null});
        sink.yield(new boolean[] {true});
        sink.yield(Json.createObjectBuilder().add("z", 1).add("a", 2).build());
        sink.yield(Arrays.asList(1L, (short) 2, (byte) 3, 'c', Month.MAY, CharBuffer.wrap("s")));
        assertWire("""
                data: 42

                data: true

                data: ["a",1,[]]

                data: [1,2]

                data: ["a",null]

                data: [true]

                data: {"z":1,"a":2}

                data: [1,2,3,"c","MAY","s"]

                """);
    }

    @Test
    void numbersKeepTheirValue() {
        sink.yield(List.of(0.1f, 0.1, new BigDecimal("1.10"), BigInteger.TEN.pow(30), new AtomicInteger(5)));
        assertWire("data: [0.1,0.1,1.10,1000000000000000000000000000000,5]\n\n");
    }

    @Test
    void nanAndInfinitiesAreRejected() {
        for (Object value : List.of(Double.NaN, Double.POSITIVE_INFINITY, Float.NaN, Float.NEGATIVE_INFINITY)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sink.yield(Map.of("deep", List.of(value))))
                    .withMessageContaining(value.toString());
        }
        assertWire("");
    }

    @Test
    void valueThatContainsItselfIsRejected() {
        Map<String, Object> map = new HashMap<>();
        map.put("self", map);
        List<Object> list = new ArrayList<>();
        list.add(new Object[] {list});
        for (Object value : List.of(new Object[] {map}, new Object[] {list})) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sink.yield("u", value))
                    .withMessageContaining("contain themselves");
        }
        assertWire("");
    }

    /** The limit is a little above the depth that the parser of jakarta.json reads. */
    @Test
    void tooDeeplyNestedValueIsRejected() {
        sink.yield(nested(1_024));
        assertWire("data: " + "[".repeat(1_024) + "1" + "]".repeat(1_024) + "\n\n");
        for (int depth : new int[] {1_025, 100_000}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sink.yield(nested(depth)))
                    .withMessageContaining("1024");
        }
    }

    private static Object nested(int depth) {
        Object value = 1;
        for (int i = 0; i < depth; i++) {
            value = List.of(value);
        }
        return value;
    }

    @Test
    void nullKeyIsRejected() {
        Map<String, Object> map = new HashMap<>();
        map.put(null, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield("u", map))
                .withMessageContaining("null key");
    }

    /** A path is an Iterable of paths, like the JSON trees of other libraries. */
    @Test
    void iterableThatIsNotCollectionIsNotWrittenAsArray() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield("path", Path.of("x")))
                .withMessageContaining("No JSON support for");
    }

    @Test
    void objectWithoutJsonSupportIsRejectedWithItsType() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.yield(Duration.ZERO))
                .withMessageContaining("java.time.Duration");
    }

    @Test
    void newlineInEventOrIdIsRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> sink.yield("a\ndata: injected", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sink.yield("a", 1, "1\r\ndata: injected"));
        assertThatIllegalArgumentException().isThrownBy(() -> sink.yield(Map.of("data", 1, "event", "a\nb")));
        assertWire("");
    }

    @Test
    void newlineInACommentStaysAComment() {
        sink.comment("a\ndata: injected");
        assertWire(": a\n: data: injected\n");
        assertThat(sink.events()).isEmpty();
        assertThat(sink.comments()).containsExactly("a", "data: injected");
    }

    private void assertWire(String expected) {
        assertThat(sink.wire()).isEqualTo(expected);
    }
}
