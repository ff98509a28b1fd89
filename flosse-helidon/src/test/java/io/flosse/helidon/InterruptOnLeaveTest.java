package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.EventQueue;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.auth.Identity;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.Http2Client.Entry;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the interrupt at the end of a stream harms, and streams whose end interrupts no user code: {@code
 * interruptOnLeave(false)}.
 */
class InterruptOnLeaveTest {

    /** Longer than any test, so that only the end of the stream ends the wait. */
    private static final Duration FOREVER = Duration.ofHours(1);

    private final Channels channels = Channels.inMemory();
    private final Channel silent = channels.channel("silent");

    /** The exceptions that the generators have got. */
    private final BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();

    private final AtomicBoolean interrupted = new AtomicBoolean();

    /** Opened on a thread that runs no generator, as by a permission. */
    private final EventQueue<Integer> outerQueue = EventQueue.open(1);

    @AfterEach
    void closeChannels() {
        channels.close();
    }

    /** What ends the stream. */
    enum Ending {
        CLIENT_GONE,
        MAX_DURATION,
        REVOKED_BY_RECHECK,
        REVOKED,
        DRAINED;

        EndCause cause() {
            return this == REVOKED_BY_RECHECK ? EndCause.REVOKED : EndCause.valueOf(name());
        }

        SseRoute on(SseRoute route) {
            return switch (this) {
                case MAX_DURATION -> route.maxDuration(Duration.ofMillis(300));
                case REVOKED_BY_RECHECK -> {
                    var admitted = new AtomicBoolean();
                    yield route.permissions(request -> !admitted.getAndSet(true))
                            .recheck(Duration.ofMillis(300));
                }
                case CLIENT_GONE, REVOKED, DRAINED -> route;
            };
        }

        void start(TestServer server, RawConnection client) {
            switch (this) {
                case CLIENT_GONE -> client.fin();
                case REVOKED -> server.feature().revoke(identity -> true);
                case DRAINED -> server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
                case MAX_DURATION, REVOKED_BY_RECHECK -> {}
            }
        }
    }

    /** A wait of flosse. */
    enum Wait {
        /** Not coalesced: longer than a minute. */
        LONG_SLEEP,
        COALESCED_SLEEP,
        SLEEP_OF_A_HELPER,
        SUBSCRIPTION,
        SUBSCRIPTION_OF_A_HELPER,
        CONFLATING_SUBSCRIPTION,
        QUEUE,
        OUTER_QUEUE,
        FULL_QUEUE,
        CHANNEL_ROUTE
    }

    static Stream<Arguments> endingsAndWaits() {
        return Stream.of(Ending.values())
                .flatMap(ending -> Stream.of(Wait.values()).map(wait -> Arguments.of(ending, wait)));
    }

    private void await(Wait wait, Yield sink) throws InterruptedException {
        switch (wait) {
            case LONG_SLEEP -> sink.sleep(FOREVER);
            case COALESCED_SLEEP -> {
                while (true) {
                    sink.sleep(Duration.ofSeconds(50));
                }
            }
            case SLEEP_OF_A_HELPER -> inHelper(() -> sink.sleep(FOREVER));
            case SUBSCRIPTION, CONFLATING_SUBSCRIPTION -> {
                var source = wait == Wait.SUBSCRIPTION ? silent : silent.withConflation(event -> String.valueOf(event));
                try (Subscription subscription = source.subscribe()) {
                    forwardAll(subscription, sink);
                }
            }
            case SUBSCRIPTION_OF_A_HELPER -> {
                try (Subscription subscription = silent.subscribe()) {
                    inHelper(() -> forwardAll(subscription, sink));
                }
            }
            case QUEUE -> EventQueue.open(1).iterator().next();
            case OUTER_QUEUE -> outerQueue.iterator().next();
            case FULL_QUEUE -> {
                EventQueue<Integer> queue = EventQueue.open(1);
                inHelper(() -> {
                    queue.put(1);
                    queue.put(2);
                });
            }
            case CHANNEL_ROUTE -> throw new AssertionError();
        }
    }

    private static void forwardAll(Subscription subscription, Yield sink) {
        for (SseEvent event : subscription) {
            sink.yield(event);
        }
    }

    /** Runs a wait on a thread that the generator has started, and rethrows its exception. */
    private static void inHelper(Runnable wait) throws InterruptedException {
        var failure = new LinkedBlockingQueue<RuntimeException>();
        Thread helper = Thread.startVirtualThread(() -> {
            try {
                wait.run();
            } catch (RuntimeException e) {
                failure.add(e);
            }
        });
        helper.join();
        throw failure.remove();
    }

    private SseRoute waiting(Wait wait) {
        if (wait == Wait.CHANNEL_ROUTE) {
            return Flosse.subscribe(request -> silent);
        }
        return Flosse.stream((request, sink) -> {
            sink.yield("hello");
            try {
                await(wait, sink);
            } catch (Throwable e) {
                interrupted.set(Thread.currentThread().isInterrupted());
                thrown.add(e);
                throw e;
            }
        });
    }

    @Test
    void subscriberOfAnEndedStreamHoldsNoPublisher() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    try (Subscription ignored = silent.withBuffer(1)
                            .withOverflow(Channel.Overflow.BLOCK)
                            .subscribe()) {
                        sink.yield("hello");
                        released.await();
                    }
                })
                .interruptOnLeave(false);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            Thread publisher = Thread.startVirtualThread(() -> {
                for (int i = 0; i < 5; i++) {
                    silent.publish(SseEvent.of("x"));
                }
            });
            client.fin();
            assertThat(publisher.join(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS)))
                    .isTrue();
            assertThat(silent.subscribers()).as("the generator still runs").isOne();
            released.countDown();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }

    private Throwable awaitThrown() throws InterruptedException {
        Throwable next = thrown.poll(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("exception in the generator").isNotNull();
        return next;
    }

    @ParameterizedTest
    @MethodSource("endingsAndWaits")
    void waitOfFlosseEndsWithoutAnInterrupt(Ending ending, Wait wait) throws Exception {
        SseRoute route = ending.on(waiting(wait).interruptOnLeave(false))
                .authenticators(request -> Optional.of(Identity.of("ann")));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse")) {
            client.awaitText(wait == Wait.CHANNEL_ROUTE ? ":\n" : "hello\n\n");

            ending.start(server, client);

            assertThat(server.awaitCause()).isEqualTo(ending.cause());
            if (wait != Wait.CHANNEL_ROUTE) {
                assertThat(awaitThrown())
                        .isInstanceOf(
                                ending == Ending.CLIENT_GONE
                                        ? ClientDisconnectedException.class
                                        : StreamEndedException.class);
                assertThat(interrupted).isFalse();
            }
            assertThat(silent.subscribers()).isZero();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** The events of a channel with many subscribers are written by delivery workers. */
    @Test
    void channelRouteEndsWhileItsEventsAreDelivered() throws Exception {
        int streams = 8;
        SseRoute route = Flosse.subscribe(request -> silent).interruptOnLeave(false);
        var done = new AtomicBoolean();
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            List<RawConnection> clients = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                clients.add(server.get("/sse").awaitText(":\n"));
            }
            Thread publisher = Thread.startVirtualThread(() -> {
                while (!done.get()) {
                    silent.publish(SseEvent.of("x"));
                    LockSupport.parkNanos(10_000);
                }
            });
            for (RawConnection client : clients) {
                client.awaitText("data: x\n\n");
                client.reset();
            }
            for (int i = 0; i < streams; i++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            done.set(true);
            publisher.join();
            assertThat(silent.subscribers()).isZero();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** The generator's thread is inside a yield, whose client does not read. */
    @ParameterizedTest
    @EnumSource
    void blockedYieldEndsByTheWriteTimeout(SocketType socketType) throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
                    try {
                        while (true) {
                            sink.yield("x".repeat(64 * 1024));
                        }
                    } catch (StreamEndedException e) {
                        interrupted.set(Thread.currentThread().isInterrupted());
                        thrown.add(e);
                        throw e;
                    }
                })
                .writeTimeout(Duration.ofMillis(200))
                .interruptOnLeave(false);
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.WRITE_TIMEOUT);
            assertThat(awaitThrown()).isInstanceOf(ClientDisconnectedException.class);
            assertThat(interrupted).isFalse();
            assertThat(client.localPort()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(Entry.class)
    void resetOfAnHttp2StreamEndsOnlyWaitsOfFlosse(Entry entry) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    try {
                        goOn.await();
                        sink.sleep(FOREVER);
                    } catch (InterruptedException | StreamEndedException e) {
                        interrupted.set(Thread.currentThread().isInterrupted());
                        thrown.add(e);
                        throw e;
                    }
                })
                .interruptOnLeave(false);
        try (TestServer server = TestServer.on(entry == Entry.ALPN ? SocketType.TLS : SocketType.PLAIN)
                        .get("/sse", route)
                        .start();
                Http2Client client = Http2Client.open(entry, server.port(), "/sse")) {
            int blocked = entry == Entry.UPGRADE ? 1 : client.get("/sse");
            client.awaitBody(blocked, "hello");
            client.reset(blocked);
            awaitCauseOfOpenStream(server, EndCause.CLIENT_GONE);
            assertThat(thrown).isEmpty();
            goOn.countDown();
            int sleeping = client.get("/sse");
            client.awaitBody(sleeping, "hello");
            client.reset(sleeping);
            for (int i = 0; i < 2; i++) {
                assertThat(awaitThrown()).isInstanceOf(ClientDisconnectedException.class);
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            assertThat(interrupted).isFalse();
        }
    }

    /** Other blocking lasts until it returns by itself; then the next yield throws. */
    @Test
    void otherBlockingLastsUntilTheNextYield() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        var returned = new AtomicBoolean();
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    goOn.await();
                    returned.set(true);
                    try {
                        sink.yield("x");
                    } catch (StreamEndedException e) {
                        thrown.add(e);
                        throw e;
                    }
                })
                .interruptOnLeave(false);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            client.fin();
            awaitCauseOfOpenStream(server, EndCause.CLIENT_GONE);
            assertThat(returned).isFalse();

            goOn.countDown();

            assertThat(awaitThrown()).isInstanceOf(ClientDisconnectedException.class);
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    private static void awaitCauseOfOpenStream(TestServer server, EndCause cause) {
        Deadlines.await(
                () -> server.feature().streams().getFirst().cause().equals(Optional.of(cause)),
                cause + " of the open stream");
    }

    /** The client gets its last frames although the generator still blocks. */
    @Test
    void drainDoesNotWaitLongerThanItsGrace() {
        CountDownLatch goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    goOn.await();
                })
                .interruptOnLeave(false);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            assertThat(server.feature().drain(Duration.ofMillis(300))).isEqualTo(1);

            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).containsPattern("\n\nretry: \\d+\n\n$");
            goOn.countDown();
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
        }
    }

    @Test
    void helidonStillInterruptsWhenTheServerStops() throws Exception {
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        thrown.add(e);
                        throw e;
                    }
                })
                .interruptOnLeave(false);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            server.server().stop();

            assertThat(awaitThrown()).isInstanceOf(InterruptedException.class);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(client.awaitEnd().isComplete()).isTrue();
        }
    }

    @Test
    void recheckIsNotInterrupted() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch answer = new CountDownLatch(1);
        SseRoute route = waiting(Wait.LONG_SLEEP)
                .permissions(request -> {
                    asked.countDown();
                    if (asked.getCount() == 0) {
                        try {
                            answer.await();
                        } catch (InterruptedException e) {
                            interrupted.set(true);
                        }
                        thrown.add(new IllegalStateException("answered"));
                    }
                    return true;
                })
                .recheck(Duration.ofMillis(50))
                .interruptOnLeave(false);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            assertThat(asked.await(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            client.fin();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(awaitThrown()).isInstanceOf(ClientDisconnectedException.class);

            answer.countDown();

            assertThat(awaitThrown()).hasMessage("answered");
            assertThat(interrupted).isFalse();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    private static void read(FileChannel channel) throws IOException {
        int unused = channel.read(ByteBuffer.allocate(5), 0);
    }

    /** The hazard: the interrupt at the end of one stream closes a channel that all of the application uses. */
    @Test
    void clientThatLeavesClosesASharedFileChannel(@TempDir Path directory) throws Exception {
        try (FileChannel shared = FileChannel.open(Files.writeString(directory.resolve("data"), "hello"))) {
            SseRoute reading = Flosse.stream((request, sink) -> {
                sink.yield("hello");
                try {
                    while (true) {
                        read(shared);
                    }
                } catch (IOException e) {
                    thrown.add(e);
                    throw e;
                }
            });
            try (TestServer server =
                            TestServer.on(SocketType.PLAIN).get("/sse", reading).start();
                    RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
                client.fin();
                assertThat(awaitThrown()).isInstanceOf(ClosedByInterruptException.class);
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            assertThatThrownBy(() -> read(shared)).isInstanceOf(ClosedChannelException.class);
        }
    }

    /** Reads a shared channel until the stream ends, and once more in the cleanup. */
    private SseRoute reading(FileChannel shared) {
        return Flosse.stream((request, sink) -> {
            sink.yield("hello");
            try {
                while (true) {
                    read(shared);
                    sink.sleep(Duration.ofMillis(1));
                }
            } finally {
                read(shared);
            }
        });
    }

    @Test
    void sharedFileChannelStaysOpen(@TempDir Path directory) throws Exception {
        int streams = 20;
        try (FileChannel shared = FileChannel.open(Files.writeString(directory.resolve("data"), "hello"));
                TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", reading(shared).interruptOnLeave(false))
                        .start();
                AllLogs logs = new AllLogs()) {
            List<RawConnection> clients = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                clients.add(server.get("/sse").awaitText("hello\n\n"));
            }
            clients.subList(0, streams / 2).forEach(RawConnection::reset);
            for (int i = 0; i < streams / 2; i++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            for (int i = 0; i < streams / 2; i++) {
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            }
            read(shared);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void viewCanDoWithoutTheInterrupt() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        SseView view = new SseView() {
            @Override
            public boolean interruptOnLeave() {
                return false;
            }

            @Override
            public void generate(SseRequest request, Yield sink) throws InterruptedException {
                sink.yield("hello");
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    interrupted.set(true);
                    throw e;
                }
            }
        };
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", Flosse.stream(view))
                        .start();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            client.fin();
            awaitCauseOfOpenStream(server, EndCause.CLIENT_GONE);
            goOn.countDown();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(interrupted).isFalse();
        }
    }
}
