package io.flosse.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The parser, tested with the examples and rules of WHATWG 9.2.5 and 9.2.6. Other tests use it to verify the encoder. */
class EventStreamParserTest {

    @Test
    void exampleOfTheStandardWithThreeMessages() {
        ParsedStream parsed = ParsedStream.of(
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n");
        assertThat(parsed.events).containsExactly(SseEvent.of("first event").withId("1"), SseEvent.of("second event"));
        assertThat(parsed.comments).containsExactly("test stream");
        assertThat(parsed.parser.lastEventId()).isEmpty();
    }

    @Test
    void exampleOfTheStandardWithEmptyData() {
        assertThat(ParsedStream.of("data\n\ndata\ndata\n\ndata:").events)
                .containsExactly(SseEvent.of(""), SseEvent.of("\n"));
    }

    @Test
    void exampleOfTheStandardWithOneLeadingSpace() {
        assertThat(ParsedStream.of("data:test\n\ndata: test\n\n").events)
                .containsExactly(SseEvent.of("test"), SseEvent.of("test"));
    }

    @Test
    void dataLinesAreJoinedWithLf() {
        assertThat(ParsedStream.of("data: YHOO\ndata: +2\ndata: 10\n\n").events)
                .containsExactly(SseEvent.of("YHOO\n+2\n10"));
    }

    @Test
    void crEndsLines() {
        assertThat(ParsedStream.of("data: a\rdata: b\r\rdata: c\r\r").events)
                .containsExactly(SseEvent.of("a\nb"), SseEvent.of("c"));
    }

    @Test
    void crLfEndsLines() {
        assertThat(ParsedStream.of("data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n").events)
                .containsExactly(SseEvent.of("a\nb"), SseEvent.of("c"));
    }

    @Test
    void lineEndsAcrossSlicesAreRecognized() {
        ParsedStream parsed = new ParsedStream();
        for (byte b : "data: a\r\n\r\ndata: \u00e9\r\n\r\n".getBytes(StandardCharsets.UTF_8)) {
            parsed.parser.feed(new byte[] {b}, 0, 1);
        }
        assertThat(parsed.events).containsExactly(SseEvent.of("a"), SseEvent.of("\u00e9"));
    }

    @Test
    void bomAtTheStartIsDropped() {
        assertThat(ParsedStream.of("\uFEFFdata: a\n\n").events).containsExactly(SseEvent.of("a"));
    }

    @Test
    void bomLaterIsKept() {
        assertThat(ParsedStream.of("data: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n").events)
                .containsExactly(SseEvent.of("a"), SseEvent.of("\uFEFFc"));
    }

    @Test
    void emptyIdClearsLastEventId() {
        assertThat(ParsedStream.of("id: 1\ndata: a\n\nid\ndata: b\n\n").events)
                .containsExactly(SseEvent.of("a").withId("1"), SseEvent.of("b"));
    }

    @Test
    void idStaysForLaterEvents() {
        assertThat(ParsedStream.of("id: 1\ndata: a\n\ndata: b\n\n").events)
                .containsExactly(SseEvent.of("a").withId("1"), SseEvent.of("b").withId("1"));
    }

    @Test
    void idWithNulIsIgnored() {
        assertThat(ParsedStream.of("id: 1\u00002\ndata: a\n\n").events).containsExactly(SseEvent.of("a"));
    }

    @Test
    void idWithoutDataIsRememberedButNotDispatched() {
        ParsedStream parsed = ParsedStream.of("id: 7\n\n");
        assertThat(parsed.events).isEmpty();
        assertThat(parsed.parser.lastEventId()).isEqualTo("7");
    }

    @Test
    void eventNameAppliesToOneEventOnly() {
        assertThat(ParsedStream.of("event: a\ndata: 1\n\ndata: 2\n\n").events)
                .containsExactly(SseEvent.of("1").withEvent("a"), SseEvent.of("2"));
    }

    @Test
    void retryAcceptsOnlyDigits() {
        assertThat(ParsedStream.of("retry: 22\n\n").parser.retry()).contains(Duration.ofMillis(22));
        assertThat(ParsedStream.of("retry: -22\nretry: 2x\nretry:\n\n").parser.retry())
                .isEmpty();
        assertThat(ParsedStream.of("retry: 000000000000000000000022\n\n").parser.retry())
                .contains(Duration.ofMillis(22));
        assertThat(ParsedStream.of("retry: 99999999999999999999\n\n").parser.retry())
                .contains(Duration.ofMillis(Long.MAX_VALUE));
    }

    @Test
    void fieldNamesWithoutValueAreAcceptedAndUnknownFieldsIgnored() {
        assertThat(ParsedStream.of("event\ndata\nwhatever: x\n data: y\n\n").events)
                .containsExactly(SseEvent.of(""));
    }

    @Test
    void unfinishedEventIsDiscarded() {
        assertThat(ParsedStream.of("data: a\n").events).isEmpty();
    }
}
