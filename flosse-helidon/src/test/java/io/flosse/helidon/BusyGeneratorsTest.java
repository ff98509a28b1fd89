package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generators that never wait share the processors: virtual threads are not preempted. */
class BusyGeneratorsTest {

    private static final int STREAMS = 60;
    private static final int ROUNDS = 10;

    @ParameterizedTest
    @EnumSource
    void everyBusyStreamAdvances(SocketType socketType) throws InterruptedException {
        var allConnected = new CountDownLatch(STREAMS);
        SseRoute route = Flosse.stream((request, sink) -> {
            allConnected.countDown();
            allConnected.await();
            while (true) {
                sink.yield("busy");
            }
        });
        List<Thread> readers = new ArrayList<>();
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start()) {
            List<RawConnection> clients = new ArrayList<>();
            List<AtomicInteger> reads =
                    Stream.generate(AtomicInteger::new).limit(STREAMS).toList();
            for (int i = 0; i < STREAMS; i++) {
                RawConnection client = server.get("/sse");
                AtomicInteger count = reads.get(i);
                clients.add(client);
                readers.add(Thread.ofPlatform().start(() -> readAll(client, count)));
            }
            for (int round = 0; round < ROUNDS; round++) {
                List<Integer> before = reads.stream().map(AtomicInteger::get).toList();
                Deadlines.await(
                        () -> Stream.iterate(0, i -> i + 1)
                                .limit(STREAMS)
                                .allMatch(i -> reads.get(i).get() > before.get(i)),
                        "every one of " + STREAMS + " busy streams to send more");
            }
            clients.forEach(RawConnection::close);
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(readers).noneMatch(Thread::isAlive);
    }

    private static void readAll(RawConnection client, AtomicInteger reads) {
        try {
            while (client.skipSome() >= 0) {
                reads.incrementAndGet();
            }
        } catch (UncheckedIOException closed) {
            // The test is over.
        }
    }
}
