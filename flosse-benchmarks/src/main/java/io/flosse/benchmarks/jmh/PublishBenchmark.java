package io.flosse.benchmarks.jmh;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.server.StreamTotals;
import io.flosse.helidon.internal.settings.EventNames;
import io.flosse.helidon.internal.stream.ChannelSource;
import io.flosse.helidon.internal.stream.SseStream;
import io.flosse.helidon.internal.stream.StreamCounts;
import io.flosse.helidon.internal.stream.StreamLifecycle;
import io.flosse.helidon.internal.stream.StreamSink;
import io.flosse.helidon.internal.timing.CoalescingTimer;
import io.flosse.helidon.internal.timing.Scheduler;
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
 * The benchmark of a publish: the time from the publish of an event until the stream of each subscriber has sent it to
 * a transport that discards it. Divided by the number of subscribers, it is the time of one delivery with all threads
 * at work. It includes the wake-up of other threads and of the publisher; with one subscriber they are most of it.
 *
 * <p>A stream batches, for up to 1 ms, events that its own thread yields within 50 µs of the previous one. With one
 * subscriber, whose own thread writes, the benchmark would measure only this delay. With many subscribers the delivery
 * workers send each event at once. So an unmeasured pause precedes each event.
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
    private static final long MAX_SPIN = 50_000; // ns
    private static final long TIMEOUT = 10_000_000_000L; // ns

    /** The number of streams. */
    @Param({"1", "100", "10000"})
    public int subscribers;

    /** The number of events in the channel's history, which is full before the first subscriber subscribes. */
    @Param({"10", "1000", "10000"})
    public int history;

    private final Scheduler scheduler = new Scheduler();
    private final StreamTotals totals = new StreamTotals();
    private final BufferPool<FrameBuffer> buffers = new BufferPool<>(() -> new FrameBuffer(256), 32 * 1024);
    private final JsonSupport json = new JsonSupport(MediaContext.create());
    private Channels channels = Channels.inMemory();
    private Channel channel = channels.channel("news");

    /** The number of streams that have not sent the current event yet. */
    private final AtomicInteger pendingStreams = new AtomicInteger();

    /** The thread to unpark when no stream is pending. */
    private volatile Thread publisher = Thread.currentThread();

    /** Called by JMH. */
    public PublishBenchmark() {}

    @Setup
    public void open() {
        channels = Channels.builder()
                .historyEvents(history)
                .historyBytes(Long.MAX_VALUE)
                .build();
        channel = channels.channel("news");
        for (int i = 0; i < history; i++) {
            channel.publish(EVENT);
        }
        expectAll();
        for (int i = 0; i < subscribers; i++) {
            Thread.startVirtualThread(this::runStream);
        }
        awaitAll();
    }

    /** Runs one stream as {@link ChannelSource} does. */
    private void runStream() {
        SseStream stream = new SseStream(
                new StreamLifecycle(),
                new CountingTransport(),
                Optional.empty(),
                true,
                new StreamCounts(totals),
                scheduler,
                buffers);
        Yield sink = new StreamSink(
                stream,
                json,
                EventNames.DEFAULT,
                new CoalescingTimer(),
                new RefusedCalls(() -> "The benchmark", new RefusedCalls.Warnings(1)));
        try (Subscription subscription = channel.subscribe()) {
            stream.open();
            ((Subscriber) subscription).deliverTo(stream);
            for (SseEvent event : subscription) {
                sink.yield(event);
            }
        } catch (StreamEndedException e) {
            // close() ends the stream. If it ended earlier, awaitAll() would time out.
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
        expectAll();
        channel.publish(EVENT);
        awaitAll();
    }

    private void expectAll() {
        publisher = Thread.currentThread();
        pendingStreams.set(subscribers);
    }

    /** Waits for all streams. Spins at first, since a wake-up takes as long as a few deliveries. */
    private void awaitAll() {
        long start = System.nanoTime();
        while (pendingStreams.get() > 0) {
            long waited = System.nanoTime() - start;
            if (waited > TIMEOUT) {
                throw new IllegalStateException(pendingStreams + " of " + subscribers
                        + " streams have not sent the event within " + TIMEOUT / 1_000_000_000
                        + " s; lost: " + channel.losses());
            } else if (waited < MAX_SPIN) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, TIMEOUT - waited + 1);
            }
        }
    }

    @TearDown
    public void close() {
        channels.close();
        scheduler.close();
    }

    /** A transport that unparks the publisher after the last pending stream has sent. */
    private final class CountingTransport extends NullTransport {

        @Override
        public void send(FrameBuffer frames, BodyState after) {
            super.send(frames, after);
            if (pendingStreams.decrementAndGet() == 0) {
                LockSupport.unpark(publisher);
            }
        }
    }
}
