package io.flosse.helidon.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.server.StreamTotals;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@link SseStream} over a transport that records the bytes it gets. */
class SseStreamTest {

    private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
    private Consumer<String> network = sent::add;
    private final StreamLifecycle life = new StreamLifecycle();
    private final StreamCounts counts = new StreamCounts(new StreamTotals());
    private final Scheduler scheduler = new Scheduler();
    private final BufferPool<FrameBuffer> bufferPool = new BufferPool<>(() -> new FrameBuffer(256), 32 * 1024);
    private final SseStream stream = stream(bufferPool);

    private Runnable prepareHead = () -> {};
    private Runnable beforeSend = () -> {};
    private boolean interruptible = true;

    private SseStream stream(BufferPool<FrameBuffer> buffers) {
        return new SseStream(life, new CountingTransport(), Optional.empty(), true, counts, scheduler, buffers);
    }

    private final class CountingTransport implements Transport {

        @Override
        public int headroom() {
            return 0;
        }

        @Override
        public void prepare() {
            prepareHead.run();
        }

        @Override
        public void sendHead() {
            // There is no head.
        }

        @Override
        public void send(FrameBuffer frames, BodyState after) {
            beforeSend.run();
            network.accept(new String(frames.toByteArray(), StandardCharsets.UTF_8));
        }

        @Override
        public boolean isInterruptible() {
            return interruptible;
        }

        @Override
        public boolean watch(Runnable gone) {
            return false;
        }

        @Override
        public void cut() {
            // There is no connection.
        }

        @Override
        public void release() {
            // Nothing is held.
        }

        @Override
        public void abandon() {
            // Nothing is held.
        }
    }

    @AfterEach
    void stopTheScheduler() {
        scheduler.close();
    }

    private static Consumer<FrameBuffer> comment(String text) {
        return out -> Frames.comment(out, text);
    }

    private String next() throws InterruptedException {
        String bytes = sent.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertThat(bytes).isNotNull();
        return bytes;
    }

    @Test
    void singleEventIsSentBeforeTheCallReturns() throws InterruptedException {
        stream.open();
        Thread.sleep(10);

        stream.write(comment("lone"), 1);

        assertThat(sent).containsExactly(":\n", ": lone\n");
    }

    @Test
    void burstIsBatchedAndFlushedAutomatically() throws InterruptedException {
        stream.open();
        assertThat(next()).isEqualTo(":\n");
        StringBuilder all = new StringBuilder();
        int events = 2_000;
        for (int i = 0; i < events; i++) {
            stream.write(comment("x"), 1);
        }

        int sends = 0;
        while (all.length() < events * ": x\n".length()) {
            all.append(next());
            sends++;
        }

        System.out.printf("Burst of %d events: %d sends%n", events, sends);
        assertThat(all).isEqualToIgnoringCase(": x\n".repeat(events));
        assertThat(sends).isLessThan(events / 2);
        stream.finish(EndCause.COMPLETED, out -> {}, 0); // counts the last events
        assertThat(counts.events()).isEqualTo(events);
    }

    @Test
    void failedResponseHeadLeavesTheStreamUnopened() {
        prepareHead = () -> {
            throw new IllegalArgumentException("no header");
        };
        assertThatThrownBy(stream::open).hasMessage("no header");
        assertThat(stream.isOpen()).isFalse();
        assertThat(life.hasEnded()).isFalse();
        assertThat(sent).isEmpty();

        prepareHead = () -> {};
        stream.open();
        assertThat(sent).containsExactly(":\n");
    }

    @Test
    void streamThatEndedBeforeOpeningNeverOpens() {
        life.generatorReturned();
        assertThat(stream.endUnopened(EndCause.FAILED)).isTrue();

        assertThatThrownBy(() -> stream.write(comment("late"), 0)).isInstanceOf(IllegalStateException.class);
        assertThat(sent).isEmpty();
    }

    @Test
    void openStreamDoesNotEndAsUnopened() {
        stream.open();

        assertThat(stream.endUnopened(EndCause.FAILED)).isFalse();
        assertThat(life.hasEnded()).isFalse();
    }

    @Test
    void batchIsSentWhenTheBufferIsFull() throws InterruptedException {
        stream.open();
        String large = "x".repeat(20 * 1024);

        stream.write(comment(large), 1);

        assertThat(sent).containsExactly(":\n", ": " + large + "\n\n");
    }

    @Test
    void bodyEndsWithABlankLine() {
        stream.open();

        stream.finish(EndCause.COMPLETED, out -> {}, 0);

        assertThat(String.join("", sent)).isEqualTo(":\n\n");
    }

    @Test
    void bodyThatEndsWithAnEventGetsNoFurtherBlankLine() {
        stream.open();
        stream.write(out -> Frames.textEvent(out, SseEvent.of("x"), "x"), 1);

        stream.finish(EndCause.COMPLETED, out -> {}, 0);

        assertThat(String.join("", sent)).isEqualTo(":\ndata: x\n\n");
    }

    /** Spring's WebClient collects lines up to the next blank line, and fails when there are too many. */
    @Test
    void blankLineFollowsEach16KiBOfComments() {
        stream.open();
        for (int i = 0; i < 20_000; i++) {
            stream.heartbeat(Duration.ZERO, out -> Frames.comment(out, ""));
        }

        String all = String.join("", sent);
        assertThat(all.replace("\n\n", "\n")).isEqualTo(":\n".repeat(20_001));
        String full = ":\n".repeat(8 * 1024 + 1);
        assertThat(all).isEqualTo(full + "\n" + full + "\n" + ":\n".repeat(20_001 - 2 * (8 * 1024 + 1)));
    }

    @Test
    void eventResetsTheCountOfComments() {
        stream.open();
        String comment = "x".repeat(15 * 1024);
        stream.write(comment(comment), 0);
        stream.write(out -> Frames.textEvent(out, SseEvent.of("x"), "x"), 1);
        stream.write(comment(comment), 0);
        stream.finish(EndCause.COMPLETED, comment("end"), 0);

        assertThat(String.join("", sent)).isEqualTo(":\n: " + comment + "\ndata: x\n\n: " + comment + "\n: end\n\n");
    }

    @Test
    void failedFrameLeavesNoPartialBytes() {
        stream.open();
        assertThatThrownBy(() -> stream.write(
                        out -> {
                            out.write("data: half".getBytes(StandardCharsets.US_ASCII));
                            throw new OutOfMemoryError("on purpose");
                        },
                        1))
                .isInstanceOf(OutOfMemoryError.class);

        stream.finish(EndCause.FAILED, comment("last"), 0);

        assertThat(String.join("", sent)).isEqualTo(":\n: last\n\n");
        assertThat(life.cause()).isEqualTo(EndCause.FAILED);
    }

    /** For example a stack overflow in a generator that yields recursively. */
    @Test
    void nothingIsWrittenAfterAWriteFailedWithAnError() {
        stream.open();
        network = bytes -> {
            sent.add(bytes.substring(0, 3));
            throw new StackOverflowError("on purpose");
        };
        assertThatThrownBy(() -> {
                    Thread.sleep(10);
                    stream.write(comment("torn"), 1);
                })
                .isInstanceOf(StackOverflowError.class);
        network = sent::add;

        assertThatThrownBy(() -> stream.write(comment("after"), 1)).isInstanceOf(StreamEndedException.class);
        stream.finish(EndCause.COMPLETED, comment("last"), 0);

        assertThat(List.copyOf(sent)).containsExactly(":\n", ": t");
        assertThat(life.cause()).isEqualTo(EndCause.FAILED);
        assertThat(counts.unwritten()).isEqualTo(1);
    }

    @Test
    void failedFlushMakesTheNextYieldThrow() throws InterruptedException {
        stream.open();
        network = bytes -> {
            throw new IllegalStateException("connection reset");
        };
        long deadline = System.nanoTime() + TestServer.TIMEOUT_SECONDS * 1_000_000_000;
        boolean threw = false;
        while (!threw && System.nanoTime() < deadline) {
            try {
                stream.write(comment("x"), 1);
            } catch (StreamEndedException e) {
                threw = true;
            }
        }

        assertThat(threw).isTrue();
        assertThat(life.cause()).isEqualTo(EndCause.CLIENT_GONE);
        assertThat(counts.unwritten()).isPositive();
        assertThat(sent).containsExactly(":\n");
    }

    @Test
    void eventWrittenDuringDisconnectIsCounted() throws InterruptedException {
        interruptible = false;
        stream.open();
        assertThat(next()).isEqualTo(":\n");
        Thread.sleep(10);
        beforeSend = life::clientLeft;

        Thread generator = Thread.startVirtualThread(() -> stream.write(comment("the last"), 1));

        assertThat(generator.join(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS)))
                .isTrue();
        assertThat(next()).isEqualTo(": the last\n");
        assertThat(counts.events()).isEqualTo(1);
        assertThat(counts.unwritten()).isZero();
        assertThat(life.cause()).isEqualTo(EndCause.CLIENT_GONE);
    }

    /** The writer still uses its frames; they must not be changed by another stream. */
    @Test
    void detachedWriterKeepsItsFrames() throws Exception {
        interruptible = false;
        stream.open();
        assertThat(next()).isEqualTo(":\n");
        Thread.sleep(10);
        var stuck = new CountDownLatch(1);
        var unblock = new CountDownLatch(1);
        beforeSend = () -> {
            stuck.countDown();
            try {
                unblock.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        var thrown = new CompletableFuture<Throwable>();
        Thread.startVirtualThread(() -> {
            try {
                stream.write(comment("the frame"), 1);
            } catch (RuntimeException e) {
                comment("of another stream").accept(bufferPool.take());
                thrown.complete(e);
            }
        });
        assertThat(stuck.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        Thread.sleep(5);

        life.endStuckWrite(Duration.ofMillis(1));

        assertThat(thrown.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ClientDisconnectedException.class);
        stream.finish(EndCause.COMPLETED, comment("the end"), 0);
        unblock.countDown();
        assertThat(next()).isEqualTo(": the frame\n");
        assertThat(sent).isEmpty();
        assertThat(counts.unwritten()).isEqualTo(1);
        assertThat(life.cause()).isEqualTo(EndCause.WRITE_TIMEOUT);
    }

    /** A helper thread detects that the connection has failed while the generator waits for something else. */
    @Test
    void failedWriteOfHelperThreadInterruptsTheGenerator() throws Exception {
        var released = new CompletableFuture<Throwable>();
        var waits = new CountDownLatch(1);
        Thread.startVirtualThread(() -> {
            life.generatorStarts();
            waits.countDown();
            try {
                Thread.sleep(Duration.ofHours(1));
            } catch (InterruptedException e) {
                released.complete(e);
            } finally {
                life.generatorReturned();
            }
        });
        assertThat(waits.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        beforeSend = () -> {
            throw new UncheckedIOException(new IOException("Broken pipe"));
        };

        assertThatThrownBy(() -> stream.write(comment("from a helper"), 1))
                .isInstanceOf(ClientDisconnectedException.class);

        assertThat(released.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isNotNull();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        stream.finish(EndCause.COMPLETED, comment("the end"), 0);
        assertThat(life.cause()).isEqualTo(EndCause.CLIENT_GONE);
    }

    /** The writing thread gets the exception of its own write. */
    @Test
    void failedWriteOfGeneratorDoesNotInterruptIt() {
        life.generatorStarts();
        beforeSend = () -> {
            throw new UncheckedIOException(new IOException("Broken pipe"));
        };
        assertThatThrownBy(() -> stream.write(comment("mine"), 1)).isInstanceOf(ClientDisconnectedException.class);
        assertThat(Thread.interrupted()).isFalse();
        life.generatorReturned();
    }

    @Test
    void idleStreamsShareOneBuffer() throws Exception {
        var made = new AtomicInteger();
        BufferPool<FrameBuffer> buffers = new BufferPool<>(
                () -> {
                    made.incrementAndGet();
                    return new FrameBuffer(8);
                },
                64);
        SseStream one = stream(buffers);
        SseStream other = stream(buffers);
        one.open();
        other.open();

        for (String text : List.of("first", "second")) {
            Thread.sleep(1); // no burst
            one.write(comment(text), 0);
            other.write(comment(text), 0);
        }

        assertThat(made).hasValue(1);
        assertThat(sent).containsExactly(":\n", ":\n", ": first\n", ": first\n", ": second\n", ": second\n");

        Thread.sleep(1);
        one.write(comment("x".repeat(100)), 0);
        other.write(comment("the large buffer is not returned to the pool"), 0);
        assertThat(made).hasValue(2);
    }

    /** No thread would interrupt the generator after the end. */
    @Test
    void generatorOfEndedStreamIsNotStarted() {
        life.clientLeft();

        assertThat(life.generatorStarts()).isFalse();
    }

    private static Supplier<@Nullable SseEvent> events(int count, Runnable afterwards) {
        AtomicInteger given = new AtomicInteger();
        return () -> {
            if (given.getAndIncrement() < count) {
                return SseEvent.of("x");
            }
            afterwards.run();
            return null;
        };
    }

    @Test
    void availableChannelEventsAreSentInOneBatch() {
        stream.open();
        sent.clear();

        assertThat(stream.write(events(3, () -> {}))).isTrue();

        assertThat(sent).containsExactly("data: x\n\n".repeat(3));
        assertThat(counts.events()).isEqualTo(3);
    }

    @Test
    void manyChannelEventsAreSentInBatchesOf16KiB() {
        stream.open();
        sent.clear();

        Supplier<@Nullable SseEvent> events = events(10_000, () -> {});
        while (counts.events() < 10_000) {
            assertThat(stream.write(events)).isTrue();
        }

        assertThat(String.join("", sent)).isEqualTo("data: x\n\n".repeat(10_000));
        assertThat(sent).hasSize(1 + 10_000 * 9 / (16 * 1024)).allMatch(bytes -> bytes.length() < 17 * 1024);
    }

    @Test
    void channelEventsAreLeftToTheGeneratorWhileAnotherThreadWrites() throws InterruptedException {
        stream.open();
        AtomicBoolean written = new AtomicBoolean(true);
        network = bytes -> {
            Thread worker = Thread.startVirtualThread(() -> written.set(stream.write(events(1, () -> {}))));
            try {
                worker.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        Thread.sleep(10);

        stream.write(comment("x"), 1);

        assertThat(written).isFalse();
        assertThat(counts.events()).isEqualTo(1);
    }

    @Test
    void channelEventsBeforeFailureAreNotLost() {
        stream.open();
        sent.clear();

        assertThatThrownBy(() -> stream.write(events(2, () -> {
                    throw new IllegalStateException("fell behind");
                })))
                .hasMessage("fell behind");
        stream.finish(EndCause.SLOW_CONSUMER, out -> {}, 0);

        assertThat(String.join("", sent)).isEqualTo("data: x\n\n".repeat(2));
        assertThat(counts.events()).isEqualTo(2);
    }

    @Test
    void channelEventsAreRejectedAfterTheEndOfTheStream() {
        stream.open();
        stream.endBy(EndCause.REVOKED, out -> {});

        assertThatThrownBy(() -> stream.write(events(1, () -> {}))).isInstanceOf(StreamEndedException.class);
    }
}
