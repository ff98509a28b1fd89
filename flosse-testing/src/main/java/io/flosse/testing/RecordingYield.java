package io.flosse.testing;

import io.flosse.ClientDisconnectedException;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.flosse.internal.wire.Json;
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
 * <p>Objects that only a server's media support could write, such as records, are refused.
 *
 * <p>A generator that does not end would take all memory, so a sink takes up to 100,000 calls and records up to 64 MiB; see
 * {@link #withLimits}. One that goes on for 1,000 calls after its client has left or its thread was interrupted would never
 * end. Both are an {@link AssertionError}, which a generator that catches {@code Exception} does not swallow.
 *
 * <p>Thread-safe.
 */
public final class RecordingYield implements Yield {

    private static final int MOST_CALLS = 100_000;
    private static final int MOST_BYTES = 64 * 1024 * 1024;
    private static final int MOST_REFUSALS = 1_000;

    private static final String REMEDY = "If it has no end, give it a client that leaves:"
            + " RecordingYield.disconnectingAfter(frames). If it has, raise the bounds: withLimits(calls, bytes)";

    private final Json json = new Json(JsonProvider.provider(), Json.ObjectWriter.none());
    private final int clientLeavesAfter;
    private final int mostCalls;
    private final int mostBytes;

    // Guarded by this.
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();
    private final List<SseEvent> events = new ArrayList<>();
    private final List<String> comments = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(events::add, comments::add);
    private int yielded;
    private int refused;
    private final List<Duration> sleeps = new ArrayList<>();

    private RecordingYield(int clientLeavesAfter, int mostCalls, int mostBytes) {
        this.clientLeavesAfter = clientLeavesAfter;
        this.mostCalls = mostCalls;
        this.mostBytes = mostBytes;
    }

    /**
     * A sink whose client stays.
     *
     * @return a new sink
     */
    public static RecordingYield create() {
        return new RecordingYield(Integer.MAX_VALUE, MOST_CALLS, MOST_BYTES);
    }

    /**
     * A sink whose client leaves: every yield, comment and sleep after some throws {@link ClientDisconnectedException}.
     *
     * @param frames how many yields and comments succeed
     * @return a new sink
     */
    public static RecordingYield disconnectingAfter(int frames) {
        return new RecordingYield(frames, MOST_CALLS, MOST_BYTES);
    }

    /**
     * A sink with the same client, for a generator that yields much.
     *
     * @param calls how many yields, comments and sleeps it takes, 100,000 by default; one more is an {@link AssertionError}
     * @param bytes how many bytes of frames it records, 64 MiB by default; one more is an {@link AssertionError}. They take
     *     two to four times that much memory
     * @return a new sink, which has recorded nothing
     * @throws IllegalArgumentException if one of them is less than 1
     */
    public RecordingYield withLimits(int calls, int bytes) {
        if (calls < 1 || bytes < 1) {
            throw new IllegalArgumentException(
                    "The limits must be at least 1 call and 1 byte, but are " + calls + " and " + bytes);
        }
        return new RecordingYield(clientLeavesAfter, calls, bytes);
    }

    @Override
    public void yield(Object value) {
        requireLive();
        record(EventMapper.event(value));
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        requireLive();
        record(SseEvent.of(data).withEvent(event));
    }

    @Override
    public void yield(String event, @Nullable Object data, String id) {
        requireLive();
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
        requireRoom(0);
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
        requireRoom(frame.length());
        yielded++;
        wire.write(frame.array(), 0, frame.length());
        parser.feed(frame.array(), 0, frame.length());
    }

    private synchronized void requireLive() {
        boolean interrupted = Thread.currentThread().isInterrupted();
        if (!interrupted && yielded < clientLeavesAfter) {
            return;
        }
        if (++refused > MOST_REFUSALS) {
            throw new AssertionError(
                    "The generator has called its sink " + refused + " times after its client had left or"
                            + " its thread was interrupted, so it would never end. Let StreamEndedException pass: do not catch"
                            + " Exception inside the loop");
        }
        throw interrupted
                ? new StreamEndedException("The generator's thread was interrupted", null)
                : new ClientDisconnectedException("The client of this test has left", null);
    }

    private void requireRoom(int bytes) {
        if (yielded + sleeps.size() >= mostCalls) {
            throw new AssertionError("The generator has called its sink more than " + mostCalls + " times. " + REMEDY);
        }
        if (bytes > mostBytes - wire.size()) {
            throw new AssertionError("The generator has yielded more than " + mostBytes + " bytes. " + REMEDY);
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
        return List.copyOf(comments);
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
