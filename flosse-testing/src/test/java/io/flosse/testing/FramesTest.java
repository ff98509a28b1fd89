package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The encoder, byte by byte, for the cases of the standard. */
class FramesTest {

    @Test
    void fieldsAreWrittenInFixedOrder() {
        SseEvent event = SseEvent.of("x").withEvent("y").withId("1").withRetry(Duration.ofSeconds(5));
        assertThat(frame(event)).isEqualTo("retry: 5000\nid: 1\nevent: y\ndata: x\n\n");
    }

    @Test
    void lfSplitsData() {
        assertThat(frame(SseEvent.of("a\nb"))).isEqualTo("data: a\ndata: b\n\n");
    }

    @Test
    void crSplitsData() {
        assertThat(frame(SseEvent.of("a\rb"))).isEqualTo("data: a\ndata: b\n\n");
    }

    @Test
    void crLfSplitsData() {
        assertThat(frame(SseEvent.of("a\r\nb"))).isEqualTo("data: a\ndata: b\n\n");
    }

    @Test
    void lfCrCountsAsTwoLineEnds() {
        assertThat(frame(SseEvent.of("a\n\rb"))).isEqualTo("data: a\ndata:\ndata: b\n\n");
    }

    @Test
    void trailingLineEndIsKept() {
        assertThat(frame(SseEvent.of("a\n"))).isEqualTo("data: a\ndata:\n\n");
        assertThat(ParsedStream.of(frame(SseEvent.of("a\n"))).events).containsExactly(SseEvent.of("a\n"));
    }

    @Test
    void emptyDataIsDispatched() {
        assertThat(frame(SseEvent.of(""))).isEqualTo("data:\n\n");
        assertThat(ParsedStream.of(frame(SseEvent.of(""))).events).containsExactly(SseEvent.of(""));
    }

    @Test
    void leadingSpaceIsKept() {
        assertThat(ParsedStream.of(frame(SseEvent.of("  a").withEvent(" e").withId(" i"))).events)
                .containsExactly(SseEvent.of("  a").withEvent(" e").withId(" i"));
    }

    @Test
    void leadingColonIsKeptAsData() {
        assertThat(ParsedStream.of(frame(SseEvent.of(": no comment\ndata: no field"))).events)
                .containsExactly(SseEvent.of(": no comment\ndata: no field"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u2028", "\u2029", "\u0085", "\f", "\u000b", "\u001c", "\uFEFF", "\u0000", "\t"})
    void otherControlCharactersDoNotSplitData(String character) {
        String data = character + "a" + character + "b" + character;
        assertThat(frame(SseEvent.of(data))).isEqualTo("data: " + data + "\n\n");
        assertThat(ParsedStream.of(frame(SseEvent.of(data))).events).containsExactly(SseEvent.of(data));
    }

    @Test
    void fourByteUtf8IsWritten() {
        byte[] bytes = bytes(SseEvent.of("\uD83D\uDE00"));
        assertThat(bytes).containsSequence(0xF0, 0x9F, 0x98, 0x80);
        assertThat(ParsedStream.of(bytes).events).containsExactly(SseEvent.of("\uD83D\uDE00"));
    }

    @Test
    void unpairedSurrogateInTextBecomesTheReplacementCharacter() {
        FrameBuffer out = new FrameBuffer(1);
        Frames.textEvent(out, SseEvent.of("a"), "a\uD83Db\uDE00\uD83D");
        Frames.comment(out, "\uDE00\uD83D\uDE00");
        assertThat(text(out)).isEqualTo("data: a\uFFFDb\uFFFD\uFFFD\n\n: \uFFFD\uD83D\uDE00\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "a\uDE00", "\uD83D\uD83D\uDE00", "\uD83D\uDE00\uDE00"})
    void unpairedSurrogateInEventOrIdIsRejected(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SseEvent.of("x").withEvent(value))
                .withMessageContaining("event must not contain an unpaired surrogate");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SseEvent.of("x").withId(value))
                .withMessageContaining("id must not contain an unpaired surrogate");
        assertThat(frame(SseEvent.of("x").withEvent("\uD83D\uDE00"))).startsWith("event: \uD83D\uDE00\n");
    }

    @Test
    void oneMegabyteOfDataIsWritten() {
        String data = "0123456789abcde\n".repeat(65_536);
        assertThat(ParsedStream.of(frame(SseEvent.of(data))).events).containsExactly(SseEvent.of(data));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n", "\u0000"})
    void lineEndInEventOrIdIsRejected(String injected) {
        String value = "a" + injected + "data: injected";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SseEvent.of("x").withEvent(value))
                .withMessageContaining("event");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SseEvent.of("x").withId(value))
                .withMessageContaining("id");
    }

    @Test
    void negativeRetryIsRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SseEvent.of("x").withRetry(Duration.ofMillis(-1)))
                .withMessageContaining("retry");
    }

    @Test
    void retryIsRoundedUpToMillisecondsAndLimited() {
        assertThat(frame(SseEvent.of("x").withRetry(Duration.ofNanos(1)))).startsWith("retry: 1\n");
        assertThat(frame(SseEvent.of("x").withRetry(Duration.ofSeconds(Long.MAX_VALUE))))
                .as("retry limited to the maximum of JavaScript timers")
                .startsWith("retry: 2147483647\n");
    }

    @Test
    void multilineCommentHasOnePrefixPerLine() {
        FrameBuffer out = new FrameBuffer(16);
        Frames.comment(out, "a\r\nb\rdata: c\n");
        String frame = text(out);
        assertThat(frame).isEqualTo(": a\n: b\n: data: c\n:\n");
        assertThat(ParsedStream.of(frame).events).isEmpty();
    }

    @Test
    void commentAndLoneRetryHaveNoBlankLine() {
        FrameBuffer out = new FrameBuffer(1);
        Frames.retry(out, Duration.ofSeconds(3));
        Frames.event(out, SseEvent.of(null).withRetry(Duration.ofSeconds(4)), null);
        Frames.comment(out, "");
        assertThat(text(out)).isEqualTo("retry: 3000\nretry: 4000\n:\n");
        assertThat(ParsedStream.of(text(out)).parser.retry()).contains(Duration.ofSeconds(4));
    }

    @Test
    void endOfAFrameIsRecognized() {
        FrameBuffer out = new FrameBuffer(16);
        out.write((byte) '\n');
        int start = out.length();
        assertThat(Frames.endsWithBlankLine(out, start)).as("nothing").isFalse();
        Frames.comment(out, "");
        assertThat(Frames.endsWithBlankLine(out, start)).as("a comment").isFalse();
        Frames.textEvent(out, SseEvent.of("x"), "x");
        assertThat(Frames.endsWithBlankLine(out, start)).as("an event").isTrue();
        start = out.length();
        Frames.retry(out, Duration.ZERO);
        assertThat(Frames.endsWithBlankLine(out, start)).as("a retry field").isFalse();
        Frames.blankLine(out);
        assertThat(Frames.endsWithBlankLine(out, start)).as("a blank line").isTrue();
    }

    @Test
    void eventWithoutDataHasNoDataField() {
        FrameBuffer out = new FrameBuffer(16);
        Frames.event(out, SseEvent.of(null).withId("9"), null);
        assertThat(text(out)).isEqualTo("id: 9\n\n");
    }

    private static String frame(SseEvent event) {
        return new String(bytes(event), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(SseEvent event) {
        FrameBuffer out = new FrameBuffer(16);
        Frames.event(out, event, String.valueOf(event.data()).getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }

    private static String text(FrameBuffer out) {
        return new String(out.toByteArray(), StandardCharsets.UTF_8);
    }
}
