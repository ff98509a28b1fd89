package io.flosse.testing;

import io.flosse.SseEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The events and comments of a completely parsed stream. */
final class ParsedStream {

    final List<SseEvent> events = new ArrayList<>();
    final List<String> comments = new ArrayList<>();
    final EventStreamParser parser = new EventStreamParser(events::add, comments::add);

    static ParsedStream of(String stream) {
        return of(stream.getBytes(StandardCharsets.UTF_8));
    }

    static ParsedStream of(byte[] stream) {
        ParsedStream parsed = new ParsedStream();
        parsed.parser.feed(stream, 0, stream.length);
        return parsed;
    }
}
