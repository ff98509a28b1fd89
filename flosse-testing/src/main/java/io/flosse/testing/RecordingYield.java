package io.flosse.testing;

import io.flosse.ClientDisconnectedException;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.flosse.internal.wire.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sink that records what a generator yields, for tests without a server. It writes frames as a server does and parses
 * them as a client does, so a test sees what the client would receive.
 *
 * <pre>{@code
 * RecordingYield sink = RecordingYield.create();
 * new Progress().generate(TestRequest.get("/sse/progress"), sink);
 * assertEquals(List.of("progress", "complete"), sink.events().stream().map(e -> e.event().orElse("")).toList());
 * }</pre>
 *
 * <p>Objects that need the media support of a server, such as records, are refused.
 *
 * <p>A generator that does not end would use up the memory, so a sink accepts up to 100,000 calls and records up to 64
 * MiB; see {@link #withLimits}. A generator must also end after its client has disconnected or its thread was
 * interrupted: it may call the sink at most 1,000 times more. A generator that exceeds a limit gets an
 * {@link AssertionError}, which it does not swallow by catching {@code Exception}.
 *
 * <p>Thread-safe.
 */
public final class RecordingYield implements Yield {

    private static final int MAX_CALLS = 100_000;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int MAX_REFUSED_CALLS = 1_000;

    private static final String REMEDY = "If it does not end by itself, use a client that disconnects:"
            + " RecordingYield.disconnectingAfter(frames). If it does, raise the limits: withLimits(calls, bytes)";

    private final Json json = new Json(Json.ObjectWriter.none());
    private final int disconnectAfter;
    private final int maxCalls;
    private final int maxBytes;

    // Guarded by this.
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();
    private final List<SseEvent> events = new ArrayList<>();
    private final List<String> comments = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(events::add, comments::add);
    private int frames;
    private int refusedCalls;
    private final List<Duration> sleeps = new ArrayList<>();

    private RecordingYield(int disconnectAfter, int maxCalls, int maxBytes) {
        this.disconnectAfter = disconnectAfter;
        this.maxCalls = maxCalls;
        this.maxBytes = maxBytes;
    }

    /**
     * Creates a sink whose client stays connected.
     *
     * @return a new sink
     */
    public static RecordingYield create() {
        return new RecordingYield(Integer.MAX_VALUE, MAX_CALLS, MAX_BYTES);
    }

    /**
     * Creates a sink whose client disconnects after some frames: from then on, every yield, comment and sleep throws
     * {@link ClientDisconnectedException}.
     *
     * @param frames the number of yields and comments that succeed
     * @return a new sink
     */
    public static RecordingYield disconnectingAfter(int frames) {
        return new RecordingYield(frames, MAX_CALLS, MAX_BYTES);
    }

    /**
     * Creates a sink with the same client and other limits, for a generator that yields much. More than a limit is an
     * {@link AssertionError}.
     *
     * @param calls the maximum number of yields, comments and sleeps, 100,000 by default
     * @param bytes the maximum bytes of frames, 64 MiB by default; recording takes two to four times that much memory
     * @return a new sink, which has recorded nothing
     * @throws IllegalArgumentException if a limit is less than 1
     */
    public RecordingYield withLimits(int calls, int bytes) {
        if (calls < 1 || bytes < 1) {
            throw new IllegalArgumentException(
                    "The limits must be at least 1 call and 1 byte, but are " + calls + " and " + bytes);
        }
        return new RecordingYield(disconnectAfter, calls, bytes);
    }

    @Override
    public void yield(Object value) {
        requireConnected();
        record(EventMapper.event(value));
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        requireConnected();
        record(SseEvent.of(data).withEvent(event));
    }

    @Override
    public void yield(String event, @Nullable Object data, String id) {
        requireConnected();
        record(EventMapper.event(event, data, id));
    }

    @Override
    public void comment(String text) {
        FrameBuffer frame = new FrameBuffer(64);
        Frames.comment(frame, text);
        write(frame);
    }

    /**
     * Returns at once, so that a test is fast, and records the duration for {@link #sleeps()}. A generator that never
     * returns needs a client that disconnects: {@link #disconnectingAfter}.
     */
    @Override
    public synchronized void sleep(Duration duration) {
        requireConnected();
        requireCapacity(0);
        sleeps.add(Objects.requireNonNull(duration));
    }

    private void record(SseEvent event) {
        FrameBuffer frame = new FrameBuffer(64);
        if (!event.hasData()) {
            Frames.event(frame, event, null);
        } else if (event.data() instanceof String text) {
            Frames.textEvent(frame, event, text);
        } else {
            json.write(event.data(), data -> Frames.jsonEvent(frame, event, data));
        }
        write(frame);
    }

    private synchronized void write(FrameBuffer frame) {
        requireConnected();
        requireCapacity(frame.length());
        frames++;
        wire.write(frame.array(), 0, frame.length());
        parser.feed(frame.array(), 0, frame.length());
    }

    private synchronized void requireConnected() {
        boolean interrupted = Thread.currentThread().isInterrupted();
        if (!interrupted && frames < disconnectAfter) {
            return;
        }
        if (++refusedCalls > MAX_REFUSED_CALLS) {
            throw new AssertionError(
                    "The generator has called its sink " + refusedCalls + " times after its client had disconnected"
                            + " or its thread was interrupted, so it would never end. Let StreamEndedException pass:"
                            + " do not catch Exception inside the loop");
        }
        throw interrupted
                ? new StreamEndedException("The generator's thread was interrupted", null)
                : new ClientDisconnectedException("The client of this RecordingYield has disconnected", null);
    }

    private void requireCapacity(int bytes) {
        if (frames + sleeps.size() >= maxCalls) {
            throw new AssertionError("The generator has called its sink more than " + maxCalls + " times. " + REMEDY);
        }
        if (bytes > maxBytes - wire.size()) {
            throw new AssertionError("The generator has yielded more than " + maxBytes + " bytes. " + REMEDY);
        }
    }

    /**
     * Returns the yielded events as a client receives them: the data is text, the id is the last event id at that
     * moment.
     *
     * @return the events in the order of the yields
     */
    public synchronized List<SseEvent> events() {
        return List.copyOf(events);
    }

    /**
     * Returns the comments, line by line.
     *
     * @return the comments in the order of the calls
     */
    public synchronized List<String> comments() {
        return List.copyOf(comments);
    }

    /**
     * Returns the durations that the generator passed to {@link #sleep}.
     *
     * @return the durations in the order of the calls
     */
    public synchronized List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }

    /**
     * Returns all frames as they are on the wire.
     *
     * @return the text of the stream
     */
    public synchronized String wire() {
        return wire.toString(StandardCharsets.UTF_8);
    }
}
