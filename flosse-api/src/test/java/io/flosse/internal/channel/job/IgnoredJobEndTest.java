package io.flosse.internal.channel.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EventSink;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Job;
import io.flosse.channel.Subscription;
import io.flosse.fixture.WarningLog;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.StreamWaits;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs and subscribers that catch and ignore the exception of their end: their calls are delayed and a warning names them. */
class IgnoredJobEndTest {

    /** The first eight calls of a thread are not delayed; the next eight wait 1 + 2 + 4 + ... + 128 ms. */
    private static final int CALLS = 16;

    private static final long WAITS = TimeUnit.MILLISECONDS.toNanos(255) - 1_000_000;

    private final WarningLog log = new WarningLog();
    private final Channels channels = Channels.inMemory();
    private final BlockingQueue<Long> nanos = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> last = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        channels.close();
        log.close();
    }

    private void swallow(Runnable body) {
        long start = 0;
        for (int failed = 0; failed < CALLS; ) {
            try {
                body.run();
            } catch (Exception swallowed) {
                start = failed == 0 ? System.nanoTime() : start;
                failed++;
                if (failed == CALLS) {
                    last.add(swallowed);
                }
            }
        }
        nanos.add(System.nanoTime() - start);
    }

    private void assertDelayedAndNamedInLog(Class<? extends Throwable> thrown, String name)
            throws InterruptedException {
        assertThat(nanos.poll(20, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(WAITS);
        assertThat(last.take()).isInstanceOf(thrown);
        assertThat(log.messages())
                .singleElement()
                .asString()
                .startsWith(name)
                .contains("do not catch Exception inside the loop");
    }

    enum Call {
        YIELD,
        YIELD_WHAT_CANNOT_BE_SENT,
        SLEEP;

        void on(EventSink sink) {
            switch (this) {
                case YIELD -> sink.yield("x");
                case YIELD_WHAT_CANNOT_BE_SENT -> sink.yield("x", Double.NaN);
                case SLEEP -> sink.sleep(Duration.ofNanos(1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void cancelledJobThatContinuesIsDelayedAndNamed(Call call) throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        channels.start("forever", sink -> {
            begun.countDown();
            awaitUninterruptibly(cancelled);
            swallow(() -> call.on(sink));
        });
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(channels.cancel("forever")).isTrue();
        cancelled.countDown();

        assertDelayedAndNamedInLog(StreamEndedException.class, "The job forever goes on");
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException swallowed) {
                // Intended.
            }
        }
    }

    @Test
    void helperThatContinuesAfterItsJobReturnedIsDelayedAndNamed() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Job job = sink -> Thread.startVirtualThread(() -> {
            awaitUninterruptibly(ended);
            swallow(() -> sink.yield("x"));
        });
        channels.start("short", job);
        try (Subscription reading = channels.job("short").orElseThrow().subscribe()) {
            assertThat(reading.iterator().hasNext()).isFalse();
        }
        ended.countDown();

        assertDelayedAndNamedInLog(IllegalStateException.class, "The job short goes on");
    }

    private void runInReaderThread(Consumer<Channel> body) {
        Channel channel = channels.channel("a");
        Thread.ofVirtual().name("reader").start(() -> body.accept(channel));
    }

    @Test
    void subscriberThatIgnoresItsInterruptIsDelayedAndNamed() throws InterruptedException {
        runInReaderThread(channel -> {
            Subscription subscription = channel.subscribe();
            Thread.currentThread().interrupt();
            swallow(() -> {
                for (SseEvent event : subscription) {
                    throw new AssertionError(event);
                }
            });
        });

        assertDelayedAndNamedInLog(StreamEndedException.class, "The subscriber's thread");
        assertThat(log.messages().getFirst()).contains(" reader goes on");
    }

    @Test
    void subscriberThatReadsPastTheEndIsDelayedAndNamed() throws InterruptedException {
        channels.channel("a").end();
        runInReaderThread(channel -> {
            Iterator<SseEvent> events = channel.subscribe().iterator();
            swallow(events::next);
        });

        assertDelayedAndNamedInLog(NoSuchElementException.class, "The subscriber's thread");
    }

    /** Counts the calls for the generator that runs on this thread; its name is more specific. */
    @Test
    void subscriberOnGeneratorThreadIsNamedByItsRoute() throws InterruptedException {
        RefusedCalls refused = new RefusedCalls(() -> "The generator of /sse", new RefusedCalls.Warnings(1));
        runInReaderThread(channel -> {
            try (StreamScope scope = StreamScope.open(refused, StreamWaits.NONE)) {
                Thread.currentThread().interrupt();
                swallow(() -> {
                    try (Subscription subscription = channel.subscribe()) {
                        subscription.iterator().next();
                    }
                });
            }
        });

        assertDelayedAndNamedInLog(StreamEndedException.class, "The generator of /sse goes on");
    }
}
