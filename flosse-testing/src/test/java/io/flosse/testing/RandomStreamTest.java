package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encodes random events, parses them in random slices, and compares the result with the yielded events. */
class RandomStreamTest {

    private static final String[] SPECIAL_TEXTS = {
        "\n",
        "\r",
        "\r\n",
        ":",
        " ",
        "data",
        "data:",
        "id: 1",
        "event",
        "retry",
        "\uFEFF",
        "\u0000",
        "\u2028",
        "\u0085",
        "\f",
        "\u00e9",
        "\u20ac",
        "\uD83D\uDE00",
        "a",
        "",
        "0",
        "{}",
        "\t",
        "\\",
        "\""
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261124})
    void parsedEventsEqualYieldedEvents(long seed) {
        Random random = new Random(seed);
        FrameBuffer stream = new FrameBuffer(64);
        List<SseEvent> expected = new ArrayList<>();
        String lastId = "";
        for (int i = 0; i < 5_000; i++) {
            if (random.nextInt(10) == 0) {
                Frames.comment(stream, text(random));
            }
            SseEvent event = SseEvent.of(text(random));
            if (random.nextBoolean()) {
                event = event.withEvent(singleLine(random));
            }
            if (random.nextInt(3) == 0) {
                lastId = singleLine(random);
                event = event.withId(lastId);
            }
            if (random.nextInt(20) == 0) {
                event = event.withRetry(Duration.ofMillis(random.nextInt(100_000)));
            }
            Frames.event(stream, event, ((String) event.data()).getBytes(StandardCharsets.UTF_8));
            expected.add(asReceived(event, lastId));
        }
        assertThat(parsedInSlices(stream.toByteArray(), random)).isEqualTo(expected);
    }

    /**
     * Returns the event as a client receives it: CRLF and CR in data become LF, an empty name is absent, and the last id
     * persists.
     */
    private static SseEvent asReceived(SseEvent event, String lastId) {
        String data = ((String) event.data()).replace("\r\n", "\n").replace('\r', '\n');
        SseEvent named = event.event()
                .filter(name -> !name.isEmpty())
                .map(SseEvent.of(data)::withEvent)
                .orElse(SseEvent.of(data));
        return lastId.isEmpty() ? named : named.withId(lastId);
    }

    private static List<SseEvent> parsedInSlices(byte[] stream, Random random) {
        ParsedStream parsed = new ParsedStream();
        for (int from = 0; from < stream.length; ) {
            int slice = Math.min(stream.length - from, 1 + random.nextInt(50));
            parsed.parser.feed(stream, from, slice);
            from += slice;
        }
        return parsed.events;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(SPECIAL_TEXTS[random.nextInt(SPECIAL_TEXTS.length)]);
        }
        return text.toString();
    }

    private static String singleLine(Random random) {
        return text(random).replaceAll("[\\r\\n\\u0000]", "");
    }
}
