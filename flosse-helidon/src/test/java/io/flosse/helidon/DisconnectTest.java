package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.Yield;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that leaves while user code blocks: the block ends, finally runs, yield throws, nobody logs. */
class DisconnectTest {

    /** How a client leaves. */
    enum Leaving {
        FIN,
        RST,
        HALF_CLOSE;

        void leave(RawConnection client) {
            switch (this) {
                case FIN -> client.fin();
                case RST -> client.reset();
                case HALF_CLOSE -> client.halfClose();
            }
        }
    }

    /** What user code blocks in. */
    enum Block {
        SLEEP,
        SINK_SLEEP,
        QUEUE,
        LOCK,
        WAIT,
        SOCKET_READ;

        void run(Yield sink) throws Exception {
            switch (this) {
                case SLEEP -> Thread.sleep(Duration.ofHours(1));
                case SINK_SLEEP -> sink.sleep(Duration.ofHours(1));
                case QUEUE -> new LinkedBlockingQueue<String>().take();
                case LOCK -> lock();
                case WAIT -> await();
                case SOCKET_READ -> read();
            }
        }

        private static void lock() throws Exception {
            var lock = new ReentrantLock();
            var held = new CountDownLatch(1);
            Thread holder = Thread.startVirtualThread(() -> {
                lock.lock();
                held.countDown();
                try {
                    Thread.sleep(Duration.ofHours(1));
                } catch (InterruptedException e) {
                    lock.unlock();
                }
            });
            held.await();
            try {
                lock.lockInterruptibly();
                lock.unlock();
            } finally {
                holder.interrupt();
            }
        }

        @SuppressWarnings("WaitNotInLoop") // it is never notified
        private static void await() throws InterruptedException {
            var monitor = new Object();
            synchronized (monitor) {
                monitor.wait();
            }
        }

        /** A database that does not answer. */
        private static void read() throws IOException {
            try (ServerSocket database = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Socket query = new Socket(database.getInetAddress(), database.getLocalPort())) {
                query.getInputStream().read();
            }
        }
    }

    static Stream<Arguments> everyWayToLeave() {
        return Arrays.stream(SocketType.values())
                .flatMap(wire -> Arrays.stream(Leaving.values())
                        .flatMap(leaving ->
                                Arrays.stream(Block.values()).map(block -> Arguments.of(wire, leaving, block))));
    }

    @ParameterizedTest
    @MethodSource("everyWayToLeave")
    void leavingEndsTheBlock(SocketType wire, Leaving leaving, Block block) throws Exception {
        var inFinally = new CountDownLatch(1);
        var fromYield = new CompletableFuture<Throwable>();
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("hello");
                    try {
                        block.run(sink);
                    } finally {
                        inFinally.countDown();
                        try {
                            sink.yield("too late");
                        } catch (RuntimeException e) {
                            fromYield.complete(e);
                        }
                    }
                })
                .heartbeat(Duration.ZERO);
        try (TestServer server = TestServer.on(wire).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            leaving.leave(client);

            assertThat(inFinally.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();
            assertThat(fromYield.get(TestServer.TIMEOUT_SECONDS, SECONDS))
                    .isInstanceOf(ClientDisconnectedException.class);
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    static Stream<Arguments> everyLeaving() {
        return Arrays.stream(SocketType.values())
                .flatMap(wire -> Arrays.stream(Leaving.values()).map(leaving -> Arguments.of(wire, leaving)));
    }

    @ParameterizedTest
    @MethodSource("everyLeaving")
    void leavingBeforeTheFirstYieldEndsTheBlock(SocketType wire, Leaving leaving) throws Exception {
        var started = new CountDownLatch(1);
        var inFinally = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    started.countDown();
                    try {
                        Thread.sleep(Duration.ofHours(1));
                    } finally {
                        inFinally.countDown();
                    }
                })
                .openOnFirstYield();
        try (TestServer server = TestServer.on(wire).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.connect().get("/sse")) {
            assertThat(started.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();

            leaving.leave(client);

            assertThat(inFinally.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("everyLeaving")
    void leavingWhileTheGeneratorYieldsEndsIt(SocketType wire, Leaving leaving) {
        SseRoute route = Flosse.stream((request, sink) -> {
            while (true) {
                sink.yield("x".repeat(1000));
            }
        });
        try (TestServer server = TestServer.on(wire).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("xxx")) {
            leaving.leave(client);

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }
}
