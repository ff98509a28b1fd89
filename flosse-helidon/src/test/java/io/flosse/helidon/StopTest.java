package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that is stopped without a drain: Helidon interrupts the generators, and that is no failure. */
class StopTest {

    /** What user code does when Helidon stops the server. */
    enum Doing {
        SLEEPING,
        SLEEPING_BY_THE_SINK,
        WAITING_FOR_A_LOCK,
        YIELDING,
        RETURNS_WHEN_INTERRUPTED
    }

    private static SseRoute route(Doing doing) {
        return Flosse.stream((request, sink) -> {
            sink.yield("hello");
            switch (doing) {
                case SLEEPING -> Thread.sleep(Duration.ofHours(1));
                case SLEEPING_BY_THE_SINK -> sink.sleep(Duration.ofHours(1));
                case WAITING_FOR_A_LOCK -> new CountDownLatch(1).await();
                case YIELDING -> {
                    while (true) {
                        sink.yield("x");
                        Thread.sleep(1);
                    }
                }
                case RETURNS_WHEN_INTERRUPTED -> {
                    try {
                        Thread.sleep(Duration.ofHours(1));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void stopIsADrainWithoutAWord(Doing doing) {
        for (Wire wire : Wire.values()) {
            try (LifeServer server =
                            LifeServer.on(wire).get("/sse", route(doing)).start();
                    AllLogs logs = new AllLogs();
                    RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
                long began = System.nanoTime();

                server.server().stop();

                long millis = (System.nanoTime() - began) / 1_000_000;
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
                client.awaitEnd();
                System.out.printf(
                        "stop() of a server, %s, generator %s: %d ms, the client saw a whole end: %s%n",
                        wire, doing, millis, client.isComplete());
                assertThat(logs.aboveDebug()).noneMatch(StopTest::isAlarm);
                assertThat(server.feature().streams()).isEmpty();
            }
        }
    }

    /** A write on TLS that can be finished is, and so is the frame. On plain sockets one that waits for its client is torn. */
    @Test
    void interruptOfABusyGeneratorTearsNothingOnTls() throws Exception {
        String event = "x".repeat(3_000);
        var generators = new LinkedBlockingQueue<Thread>();
        SseRoute route = Flosse.stream((request, sink) -> {
            generators.add(Thread.currentThread());
            while (true) {
                sink.yield(event);
            }
        });
        for (int round = 0; round < 40; round++) {
            try (LifeServer server = LifeServer.on(Wire.TLS).get("/sse", route).start();
                    RawConnection client = server.get("/sse").awaitText("xxx")) {
                Thread generator = generators.poll(LifeServer.PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertThat(generator).isNotNull();

                generator.interrupt();

                assertThat(client.awaitEnd().isComplete()).as("round %d", round).isTrue();
                StreamInfo ended = server.awaitEnded();
                assertThat(ended.cause()).contains(EndCause.DRAINED);
                assertThat(ended.unwritten()).isZero();
            }
        }
    }

    /** Helidon says at INFO that it stops. */
    static boolean isAlarm(String logged) {
        return logged.startsWith(Level.WARNING.getName()) || logged.startsWith(Level.SEVERE.getName());
    }

    @ParameterizedTest
    @EnumSource
    void drainAndThenStop(Wire wire) {
        try (LifeServer server =
                        LifeServer.on(wire).get("/sse", route(Doing.YIELDING)).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            assertThat(server.feature().drain(Duration.ofSeconds(LifeServer.PATIENCE_SECONDS)))
                    .isZero();
            server.server().stop();

            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).containsPattern("\n\nretry: \\d+\n\n$");
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(logs.aboveDebug()).noneMatch(StopTest::isAlarm);
        }
    }
}
