package io.flosse.testing;

import io.flosse.ClientDisconnectedException;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.internal.FrameBuffer;
import io.flosse.internal.Frames;
import io.flosse.internal.Json;
import io.flosse.internal.YieldStyles;
import jakarta.json.spi.JsonProvider;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sink that records what a generator yields, for tests without a server. It frames each event as flosse does and reads
 * the frames as a client does, so a test sees what the client would see.
 *
 * <pre>{@code
 * RecordingYield sink = RecordingYield.create();
 * new Progress().generate(TestRequest.get("/sse/progress"), sink);
 * assertEquals(List.of("progress", "complete"), sink.events().stream().map(e -> e.event().orElse("")).toList());
 * }</pre>
 *
 * <p>Objects that only a server's media support could write, such as records, are refused. Thread-safe.
 */
public final class RecordingYield implements Yield {

    private final Json json = new Json(JsonProvider.provider(), Json.ObjectWriter.none());
    private final int clientLeavesAfter;

    // Guarded by this.
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();
    private final List<SseEvent> events = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(events::add);
    private int yielded;
    private final List<Duration> sleeps = new ArrayList<>();

    private RecordingYield(int clientLeavesAfter) {
        this.clientLeavesAfter = clientLeavesAfter;
    }

    /**
     * A sink whose client stays.
     *
     * @return a new sink
     */
    public static RecordingYield create() {
        return new RecordingYield(Integer.MAX_VALUE);
    }

    /**
     * A sink whose client leaves: every yield, comment and sleep after some throws {@link ClientDisconnectedException}.
     *
     * @param frames how many yields and comments succeed
     * @return a new sink
     */
    public static RecordingYield disconnectingAfter(int frames) {
        return new RecordingYield(frames);
    }

    @Override
    public void yield(Object value) {
        record(YieldStyles.event(value));
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        record(SseEvent.of(data).withEvent(event));
    }

    @Override
    public void yield(String event, @Nullable Object data, String id) {
        record(SseEvent.of(data).withEvent(event).withId(id));
    }

    @Override
    public void comment(String text) {
        FrameBuffer frame = new FrameBuffer(64);
        Frames.comment(frame, text);
        write(frame);
    }

    /**
     * Returns at once, so that a test takes no longer than it must; {@link #sleeps()} tells. A generator that never returns needs a
     * client that leaves: {@link #disconnectingAfter}.
     */
    @Override
    public synchronized void sleep(Duration duration) {
        requireLive();
        sleeps.add(Objects.requireNonNull(duration));
    }

    private void record(SseEvent event) {
        FrameBuffer frame = new FrameBuffer(64);
        if (event.data() instanceof String text) {
            Frames.textEvent(frame, event, text);
        } else {
            json.write(event.data(), data -> Frames.jsonEvent(frame, event, data));
        }
        write(frame);
    }

    private synchronized void write(FrameBuffer frame) {
        requireLive();
        yielded++;
        wire.write(frame.array(), 0, frame.length());
        parser.feed(frame.array(), 0, frame.length());
    }

    private void requireLive() {
        if (Thread.currentThread().isInterrupted()) {
            throw new StreamEndedException("The generator's thread was interrupted", null);
        }
        if (yielded >= clientLeavesAfter) {
            throw new ClientDisconnectedException("The client of this test has left", null);
        }
    }

    /**
     * What was yielded, as a client receives it: the data is text, the id is the last event id at that moment.
     *
     * @return the events in their order
     */
    public synchronized List<SseEvent> events() {
        return List.copyOf(events);
    }

    /**
     * The comments, line by line.
     *
     * @return the comments in their order
     */
    public synchronized List<String> comments() {
        return parser.comments();
    }

    /**
     * How long the generator would have slept, each time that it called {@link #sleep}.
     *
     * @return the durations in their order
     */
    public synchronized List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }

    /**
     * All frames as they are on the wire.
     *
     * @return the text of the stream
     */
    public synchronized String wire() {
        return wire.toString(StandardCharsets.UTF_8);
    }
}
