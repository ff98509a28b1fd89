package io.flosse.benchmarks.jmh;

import io.flosse.SseEvent;
import io.flosse.Yield;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.server.StreamTotals;
import io.flosse.helidon.internal.settings.EventNames;
import io.flosse.helidon.internal.stream.SseStream;
import io.flosse.helidon.internal.stream.StreamCounts;
import io.flosse.helidon.internal.stream.StreamLifecycle;
import io.flosse.helidon.internal.stream.StreamSink;
import io.flosse.helidon.internal.timing.CoalescingTimer;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.media.MediaContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The benchmark of a {@code yield} in each style, called in a burst as by a generator, on a transport that discards the
 * frames.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class YieldBenchmark {

    /** A text whose frame has 68 bytes, including "data: " and the empty line. */
    private static final String TEXT = "t".repeat(60);

    private static final String NON_ASCII = "straße ".repeat(8);
    private static final String TWO_LINES = TEXT + "\n" + TEXT;
    private static final Map<String, Object> MAP = Map.of("i", 123456, "v", "v".repeat(32));
    private static final List<Object> LIST = List.of(1, "two", 3.5, true);
    private static final SseEvent EVENT =
            SseEvent.of(TEXT).withEvent("tick").withId("42").withRetry(Duration.ofSeconds(3));
    private static final Map<String, Object> FIELDS = Map.of("data", TEXT, "event", "tick");
    private static final byte[] FRAME = ("data: " + TEXT + "\n\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final Scheduler scheduler = new Scheduler();
    private final SseStream stream = new SseStream(
            new StreamLifecycle(),
            new NullTransport(),
            Optional.empty(),
            true,
            new StreamCounts(new StreamTotals()),
            scheduler,
            new BufferPool<>(() -> new FrameBuffer(256), 32 * 1024));
    private final Yield sink = new StreamSink(
            stream,
            new JsonSupport(MediaContext.create()),
            EventNames.DEFAULT,
            new CoalescingTimer(),
            new RefusedCalls(() -> "The benchmark", new RefusedCalls.Warnings(1)));

    /** Called by JMH. */
    public YieldBenchmark() {}

    @TearDown
    public void stop() {
        scheduler.close();
    }

    @Benchmark
    public void text() {
        sink.yield(TEXT);
    }

    @Benchmark
    public void nonAsciiText() {
        sink.yield(NON_ASCII);
    }

    @Benchmark
    public void twoLineText() {
        sink.yield(TWO_LINES);
    }

    @Benchmark
    public void namedText() {
        sink.yield("tick", TEXT, "42");
    }

    @Benchmark
    public void event() {
        sink.yield(EVENT);
    }

    @Benchmark
    public void fields() {
        sink.yield(FIELDS);
    }

    @Benchmark
    public void map() {
        sink.yield(MAP);
    }

    @Benchmark
    public void namedMap() {
        sink.yield("tick", MAP);
    }

    @Benchmark
    public void list() {
        sink.yield(LIST);
    }

    @Benchmark
    public void number() {
        sink.yield(42);
    }

    /** Writes a frame that is already encoded, as a channel keeps it. */
    @Benchmark
    public void encodedFrame() {
        stream.write(out -> out.write(FRAME), 1);
    }
}
