package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Generators that catch and ignore the exception of their stream's end: their calls are delayed, a warning names the route, and
 * they can still return.
 */
class IgnoredStreamEndTest {

    /** The first eight calls of a thread are not delayed; the next eight wait 1 + 2 + 4 + ... + 128 ms. */
    private static final int UNDELAYED = 8;

    private static final int CALLS = UNDELAYED + 8;
    private static final long WAITS = TimeUnit.MILLISECONDS.toNanos(255) - 1_000_000;

    /** Duration of the failed calls of each thread, in nanoseconds. */
    private final BlockingQueue<Long> nanos = new LinkedBlockingQueue<>();

    private final BlockingQueue<Throwable> last = new LinkedBlockingQueue<>();

    /** The methods of a sink. */
    enum Call {
        YIELD,
        YIELD_EVENT,
        YIELD_ID,
        YIELD_HELIDON,
        COMMENT,
        SLEEP;

        void on(Yield sink) {
            switch (this) {
                case YIELD -> sink.yield("x");
                case YIELD_EVENT -> sink.yield("tick", Map.of("n", 1));
                case YIELD_ID -> sink.yield("tick", "x", "1");
                case YIELD_HELIDON -> sink.yield(io.helidon.http.sse.SseEvent.create("x"));
                case COMMENT -> sink.comment("x");
                case SLEEP -> sink.sleep(Duration.ofMillis(1));
            }
        }
    }

    /** The faulty loop: catches every exception and continues until a number of calls has failed. */
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

    private void assertDelayed() throws InterruptedException {
        assertThat(nanos.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(WAITS);
        assertThat(last.take()).isInstanceOf(StreamEndedException.class);
    }

    private static void assertNamesRoute(AllLogs logs, String route) {
        assertThat(logs.aboveDebug())
                .singleElement()
                .asString()
                .startsWith("WARNING io.flosse: The generator of " + route + " goes on after its stream")
                .contains("Let StreamEndedException pass");
    }

    static Stream<Arguments> callsAndInterrupts() {
        return Stream.of(Call.values()).flatMap(call -> Stream.of(Arguments.of(call, true), Arguments.of(call, false)));
    }

    @ParameterizedTest
    @MethodSource("callsAndInterrupts")
    void callsAfterTheEndAreDelayedAndOneWarningNamesTheRoute(Call call, boolean interrupt) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    swallow(() -> call.on(sink));
                })
                .interruptOnLeave(interrupt);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse/{id}", route).start();
                AllLogs logs = new AllLogs()) {
            for (int i = 0; i < 2; i++) {
                try (RawConnection client = server.get("/sse/" + i).awaitText("hello\n\n")) {
                    client.fin();
                    assertDelayed();
                    assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                }
            }
            assertNamesRoute(logs, "/sse/{id}");
        }
    }

    @ParameterizedTest
    @EnumSource
    void callsAfterDrainAreDelayed(SocketType socketType) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            swallow(() -> sink.yield("x"));
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            client.awaitEnd();
            assertDelayed();
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertNamesRoute(logs, "/sse");
        }
    }

    @Test
    void callsOfEachHelperThreadAreDelayed() throws Exception {
        int helpers = 4;
        SseRoute route = Flosse.stream((request, sink) -> {
            CountDownLatch ended = new CountDownLatch(helpers);
            for (int i = 0; i < helpers; i++) {
                Thread.startVirtualThread(() -> {
                    swallow(() -> sink.yield("x"));
                    ended.countDown();
                });
            }
            sink.yield("hello");
            awaitUninterruptibly(ended);
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            client.reset();
            for (int i = 0; i < helpers; i++) {
                assertDelayed();
            }
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertNamesRoute(logs, "/sse");
        }
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

    /** The helper gets an IllegalStateException, which the loop also ignores. */
    @Test
    void helperThatContinuesAfterTheGeneratorReturnedIsDelayed() throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            Thread.startVirtualThread(() -> swallow(() -> sink.yield("x")));
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            assertThat(nanos.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(WAITS);
            assertThat(last.take()).isInstanceOf(IllegalStateException.class).hasMessageContaining("returned");
            assertNamesRoute(logs, "/sse");
        }
    }

    /** Each helper gets the exception once, which is no fault. */
    @Test
    void helpersThatEndOnTheFirstExceptionAreNeitherDelayedNorNamed() throws Exception {
        int helpers = 50;
        SseRoute route = Flosse.stream((request, sink) -> {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < helpers; i++) {
                threads.add(Thread.startVirtualThread(() -> {
                    try {
                        while (true) {
                            sink.yield("x");
                            sink.sleep(Duration.ofMillis(1));
                        }
                    } catch (StreamEndedException | IllegalStateException ended) {
                        last.add(ended);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("data: x\n\n")) {
            client.fin();
            for (int i = 0; i < helpers; i++) {
                assertThat(last.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                        .isNotNull();
            }
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** The stream is open and the thread is interrupted: each call throws immediately. */
    @Test
    void generatorThatIgnoresItsInterruptIsDelayedAndMayContinue() throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            Thread.currentThread().interrupt();
            swallow(() -> sink.yield("x"));
            Thread.interrupted();
            long start = System.nanoTime();
            for (int i = 0; i < 2 * CALLS; i++) {
                sink.yield("y");
                Thread.currentThread().interrupt();
                swallowOnce(sink);
                Thread.interrupted();
            }
            nanos.add(System.nanoTime() - start);
            sink.yield("bye");
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertDelayed();
            assertThat(nanos.take())
                    .as("duration of calls with an interrupt between two successful calls")
                    .isLessThan(TimeUnit.SECONDS.toNanos(TestServer.TIMEOUT_SECONDS));
            assertThat(client.body()).contains("data: bye\n\n");
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
            assertNamesRoute(logs, "/sse");
        }
    }

    private static void swallowOnce(Yield sink) {
        try {
            sink.yield("x");
            throw new AssertionError("yield() did not throw although its thread was interrupted");
        } catch (StreamEndedException interrupted) {
            // Intended.
        }
    }

    /** A loop that skips invalid values still gets the exception of the end. */
    @Test
    void invalidValueAfterTheEndThrowsStreamEndedException() throws Exception {
        AtomicInteger skipped = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            try {
                while (true) {
                    try {
                        sink.yield("tick", Double.NaN);
                    } catch (IllegalArgumentException skip) {
                        skipped.incrementAndGet();
                    }
                }
            } catch (StreamEndedException ended) {
                last.add(ended);
                throw ended;
            }
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            Deadlines.await(() -> skipped.get() > 0, "a skipped value");
            client.fin();
            assertThat(last.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isNotNull();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Each new wait for an event throws immediately, whether or not the thread is interrupted. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void subscriptionInLoopIsDelayedAndNamesTheRoute(boolean interrupt) throws Exception {
        try (Channels channels = Channels.inMemory()) {
            Channel channel = channels.channel("a");
            SseRoute route = Flosse.stream((request, sink) -> {
                        sink.yield("hello");
                        swallow(() -> {
                            try (Subscription subscription = channel.subscribe()) {
                                for (SseEvent event : subscription) {
                                    sink.yield(event);
                                }
                            }
                        });
                    })
                    .interruptOnLeave(interrupt);
            try (TestServer server =
                            TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                    AllLogs logs = new AllLogs();
                    RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
                client.fin();
                assertDelayed();
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                assertNamesRoute(logs, "/sse");
                assertThat(channel.subscribers()).isZero();
            }
        }
    }

    /** A loop without an exception: the channel has ended, so it never has an event. */
    @Test
    void iterationOfEndedChannelIsDelayed() throws Exception {
        try (Channels channels = Channels.inMemory()) {
            Channel channel = channels.channel("a");
            channel.end();
            CountDownLatch asked = new CountDownLatch(CALLS);
            SseRoute route = Flosse.stream((request, sink) -> {
                Subscription subscription = channel.subscribe();
                long start = System.nanoTime();
                while (asked.getCount() > 0) {
                    for (SseEvent event : subscription) {
                        sink.yield(event);
                    }
                    asked.countDown();
                }
                nanos.add(System.nanoTime() - start);
            });
            try (TestServer server =
                            TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                    AllLogs logs = new AllLogs();
                    RawConnection client = server.get("/sse").awaitEnd()) {
                assertThat(client.isComplete()).isTrue();
                assertThat(nanos.take()).isGreaterThanOrEqualTo(WAITS);
                assertNamesRoute(logs, "/sse");
            }
        }
    }

    /** The end of each channel is no fault, however many channels there are. */
    @Test
    void endsOfManyChannelsAreNeitherDelayedNorNamed() {
        int many = 100;
        try (Channels channels = Channels.inMemory()) {
            for (int i = 0; i < many; i++) {
                channels.channel("c" + i).end();
            }
            SseRoute route = Flosse.stream((request, sink) -> {
                for (int i = 0; i < many; i++) {
                    try (Subscription subscription = channels.channel("c" + i).subscribe()) {
                        for (SseEvent event : subscription) {
                            sink.yield(event);
                        }
                    }
                }
                sink.yield("bye");
            });
            try (TestServer server =
                            TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                    AllLogs logs = new AllLogs();
                    RawConnection client = server.get("/sse").awaitEnd()) {
                assertThat(client.body()).contains("data: bye\n\n");
                assertThat(logs.aboveDebug()).isEmpty();
            }
        }
    }
}
