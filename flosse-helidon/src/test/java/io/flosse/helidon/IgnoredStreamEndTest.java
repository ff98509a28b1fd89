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
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generators that swallow what tells them of the end of their stream: slowed down, named in the log, and free to return. */
class IgnoredStreamEndTest {

    /** The first eight calls of a thread are not delayed; the next eight wait 1 + 2 + 4 + ... + 128 ms. */
    private static final int UNDELAYED = 8;

    private static final int CALLS = UNDELAYED + 8;
    private static final long WAITS = TimeUnit.MILLISECONDS.toNanos(255) - 1_000_000;

    /** How long the calls took that failed, for each thread. */
    private final BlockingQueue<Long> nanos = new LinkedBlockingQueue<>();

    private final BlockingQueue<Throwable> last = new LinkedBlockingQueue<>();

    /** What a sink offers. */
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

    /** The loop that is the fault: goes on whatever it is told, until it was told so a number of times. */
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

    private void assertSlowed() throws InterruptedException {
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

    @ParameterizedTest
    @EnumSource
    void everyCallWaitsLongerEachTimeAndOneWarningNamesTheRoute(Call call) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            swallow(() -> call.on(sink));
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse/{id}", route).start();
                AllLogs logs = new AllLogs()) {
            for (int i = 0; i < 2; i++) {
                try (RawConnection client = server.get("/sse/" + i).awaitText("hello\n\n")) {
                    client.fin();
                    assertSlowed();
                    assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                }
            }
            assertNamesRoute(logs, "/sse/{id}");
        }
    }

    @ParameterizedTest
    @EnumSource
    void drainSlowsItDownToo(SocketType wire) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            swallow(() -> sink.yield("x"));
        });
        try (TestServer server = TestServer.on(wire).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            client.awaitEnd();
            assertSlowed();
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertNamesRoute(logs, "/sse");
        }
    }

    @Test
    void helperThreadsAreSlowedDownEach() throws Exception {
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
            awaitWhateverHappens(ended);
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            client.reset();
            for (int i = 0; i < helpers; i++) {
                assertSlowed();
            }
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertNamesRoute(logs, "/sse");
        }
    }

    private static void awaitWhateverHappens(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException swallowed) {
                // On purpose.
            }
        }
    }

    /** It gets an IllegalStateException then, which the loop swallows as well. */
    @Test
    void helperThatGoesOnAfterTheGeneratorHasReturnedIsSlowedDown() throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            Thread.startVirtualThread(() -> swallow(() -> sink.yield("x")));
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            assertThat(nanos.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isGreaterThanOrEqualTo(WAITS);
            assertThat(last.take()).isInstanceOf(IllegalStateException.class).hasMessageContaining("returned");
            assertNamesRoute(logs, "/sse");
        }
    }

    /** Each helper is told once, and that is no fault. */
    @Test
    void helpersThatEndWhenTheyAreToldAreNeitherDelayedNorNamed() throws Exception {
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
                    } catch (StreamEndedException | IllegalStateException told) {
                        last.add(told);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
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

    /** Its stream is open, and its flag is set: each call would throw at once. */
    @Test
    void generatorThatIgnoresItsInterruptIsSlowedDownAndMayGoOn() throws Exception {
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
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertSlowed();
            assertThat(nanos.take())
                    .as("an interrupt between two calls that succeed delays nothing")
                    .isLessThan(TimeUnit.SECONDS.toNanos(TestServer.TIMEOUT_SECONDS));
            assertThat(client.body()).contains("data: bye\n\n");
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
            assertNamesRoute(logs, "/sse");
        }
    }

    private static void swallowOnce(Yield sink) {
        try {
            sink.yield("x");
            throw new AssertionError("The interrupt was not seen");
        } catch (StreamEndedException interrupted) {
            // On purpose.
        }
    }

    /** A loop that skips values which can't be sent is told of the end all the same. */
    @Test
    void valueThatCannotBeSentTellsOfTheEnd() throws Exception {
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
            } catch (StreamEndedException told) {
                last.add(told);
                throw told;
            }
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            client.fin();
            assertThat(last.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isNotNull();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(skipped).hasPositiveValue();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** The flag of the interrupt stays set, so that each new wait for an event throws at once. */
    @Test
    void subscriptionInALoopIsSlowedDownAndNamesTheRoute() throws Exception {
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
            });
            try (TestServer server =
                            TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                    AllLogs logs = new AllLogs();
                    RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
                client.fin();
                assertSlowed();
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                assertNamesRoute(logs, "/sse");
                assertThat(channel.subscribers()).isZero();
            }
        }
    }

    /** A loop without an exception: the channel has ended, so there is never an event. */
    @Test
    void askingAnEndedChannelForEventsIsSlowedDown() throws Exception {
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

    /** Each has its end, which is no fault, however many there are. */
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
