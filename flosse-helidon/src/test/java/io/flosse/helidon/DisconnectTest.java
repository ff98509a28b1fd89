package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.Yield;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
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

/**
 * A client that disconnects while user code blocks: the blocking call ends, finally runs, yield throws, and nothing is logged.
 */
class DisconnectTest {

    /** How a client disconnects. */
    enum Disconnect {
        FIN,
        RST,
        HALF_CLOSE;

        void disconnect(RawConnection client) {
            switch (this) {
                case FIN -> client.fin();
                case RST -> client.reset();
                case HALF_CLOSE -> client.halfClose();
            }
        }
    }

    /** The call in which user code blocks. */
    enum BlockingCall {
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

        @SuppressWarnings("WaitNotInLoop") // the monitor is never notified
        private static void await() throws InterruptedException {
            var monitor = new Object();
            synchronized (monitor) {
                monitor.wait();
            }
        }

        /** Simulates a database that does not respond. */
        private static void read() throws IOException {
            try (ServerSocket database = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Socket query = new Socket(database.getInetAddress(), database.getLocalPort())) {
                query.getInputStream().read();
            }
        }
    }

    static Stream<Arguments> disconnectsWithBlockingCalls() {
        return Arrays.stream(SocketType.values())
                .flatMap(socketType -> Arrays.stream(Disconnect.values())
                        .flatMap(disconnect -> Arrays.stream(BlockingCall.values())
                                .map(block -> Arguments.of(socketType, disconnect, block))));
    }

    @ParameterizedTest
    @MethodSource("disconnectsWithBlockingCalls")
    void disconnectEndsTheBlockingCall(SocketType socketType, Disconnect disconnect, BlockingCall block)
            throws Exception {
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
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            disconnect.disconnect(client);

            assertThat(inFinally.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();
            assertThat(fromYield.get(TestServer.TIMEOUT_SECONDS, SECONDS))
                    .isInstanceOf(ClientDisconnectedException.class);
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    static Stream<Arguments> disconnects() {
        return Arrays.stream(SocketType.values())
                .flatMap(socketType ->
                        Arrays.stream(Disconnect.values()).map(disconnect -> Arguments.of(socketType, disconnect)));
    }

    @ParameterizedTest
    @MethodSource("disconnects")
    void disconnectBeforeFirstYieldEndsTheBlockingCall(SocketType socketType, Disconnect disconnect) throws Exception {
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
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.connect().get("/sse")) {
            assertThat(started.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();

            disconnect.disconnect(client);

            assertThat(inFinally.await(TestServer.TIMEOUT_SECONDS, SECONDS)).isTrue();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("disconnects")
    void disconnectWhileYieldingEndsTheGenerator(SocketType socketType, Disconnect disconnect) {
        SseRoute route = Flosse.stream((request, sink) -> {
            while (true) {
                sink.yield("x".repeat(1000));
            }
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("xxx")) {
            disconnect.disconnect(client);

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }
}
