package io.flosse.benchmarks.jmh;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.server.StreamTotals;
import io.flosse.helidon.internal.stream.ChannelSource;
import io.flosse.helidon.internal.stream.SseStream;
import io.flosse.helidon.internal.stream.StreamCounts;
import io.flosse.helidon.internal.stream.StreamLifecycle;
import io.flosse.helidon.internal.stream.StreamSink;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.timing.Sleepers;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.channel.fanout.Subscriber;
import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.media.MediaContext;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From the publish of an event until the stream of each subscriber has sent it, to a transport that throws it away. Divided
 * by the subscribers it is the time of a delivery, with all threads at it. The wake-up of other threads and the way back to
 * the publisher's are in it; for one subscriber they are most of it.
 *
 * <p>A stream gathers, for up to 1 ms, what its own thread yields within 50 µs of the event before. That would be all that
 * is seen of one subscriber, whose thread is woken; to many the event is brought by couriers, who send at once. So a pause,
 * which is not measured, comes before each event.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(1)
public class PublishBenchmark {

    private static final SseEvent EVENT = SseEvent.of("t".repeat(60));
    private static final long PAUSE = 100_000; // ns
    private static final long AWAKE = 50_000; // ns
    private static final long PATIENCE = 10_000_000_000L; // ns

    /** How many streams there are. */
    @Param({"1", "100", "10000"})
    public int subscribers;

    /** How many events the channel keeps, and has before the first subscriber comes. */
    @Param({"10", "1000", "10000"})
    public int history;

    private final Scheduler scheduler = new Scheduler();
    private final StreamTotals totals = new StreamTotals();
    private final BufferPool<FrameBuffer> buffers = new BufferPool<>(() -> new FrameBuffer(256), 32 * 1024);
    private final JsonSupport json = new JsonSupport(MediaContext.create());
    private Channels channels = Channels.inMemory();
    private Channel channel = channels.channel("news");

    /** How many streams have not sent yet what they are to send. */
    private final AtomicInteger missing = new AtomicInteger();

    private volatile Thread publisher = Thread.currentThread();

    /** For JMH. */
    public PublishBenchmark() {}

    @Setup
    public void open() {
        channels = Channels.builder().historyEvents(history).historyBytes(Long.MAX_VALUE).build();
        channel = channels.channel("news");
        for (int i = 0; i < history; i++) {
            channel.publish(EVENT);
        }
        expect();
        for (int i = 0; i < subscribers; i++) {
            Thread.startVirtualThread(this::subscribe);
        }
        await();
    }

    /** As {@link ChannelSource} does. */
    private void subscribe() {
        SseStream stream = new SseStream(
                new StreamLifecycle(), new Counting(), Optional.empty(), new StreamCounts(totals), scheduler, buffers);
        Yield sink = new StreamSink(
                stream, json, new Sleepers(), new RefusedCalls(() -> "The benchmark", new RefusedCalls.Warnings(1)));
        try (Subscription subscription = channel.subscribe()) {
            stream.open();
            ((Subscriber) subscription).deliverTo(stream);
            for (SseEvent event : subscription) {
                sink.yield(event);
            }
        } catch (StreamEndedException closed) {
            // By close(); had it ended before, the publisher would wait in vain, and tell.
        }
    }

    @Setup(Level.Invocation)
    public void pause() {
        for (long end = System.nanoTime() + PAUSE; System.nanoTime() < end; ) {
            Thread.onSpinWait();
        }
    }

    @Benchmark
    public void publish() {
        expect();
        channel.publish(EVENT);
        await();
    }

    private void expect() {
        publisher = Thread.currentThread();
        missing.set(subscribers);
    }

    /** Awake at first, since to be woken takes as long as a few deliveries. */
    private void await() {
        long began = System.nanoTime();
        while (missing.get() > 0) {
            long waited = System.nanoTime() - began;
            if (waited > PATIENCE) {
                throw new IllegalStateException(missing + " of " + subscribers + " streams have sent nothing for "
                        + PATIENCE / 1_000_000_000 + " s; lost: " + channel.losses());
            } else if (waited < AWAKE) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, PATIENCE - waited + 1);
            }
        }
    }

    @TearDown
    public void close() {
        channels.close();
        scheduler.close();
    }

    private final class Counting extends NullTransport {

        @Override
        public void send(FrameBuffer frames, boolean last) {
            super.send(frames, last);
            if (missing.decrementAndGet() == 0) {
                LockSupport.unpark(publisher);
            }
        }
    }
}
