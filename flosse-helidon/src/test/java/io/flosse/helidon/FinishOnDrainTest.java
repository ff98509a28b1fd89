package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that a drain lets finish: {@code finishOnDrain()}. */
class FinishOnDrainTest {

    private static final Duration LONG_GRACE = Duration.ofSeconds(2 * TestServer.TIMEOUT_SECONDS);

    private final CountDownLatch goOn = new CountDownLatch(1);

    /** An answer that is complete once the test lets it go on. */
    private final SseRoute answer = Flosse.stream((request, sink) -> {
        sink.yield("question");
        goOn.await();
        sink.yield("answer");
    });

    private static CompletableFuture<Integer> drain(TestServer server, Duration grace) {
        return CompletableFuture.supplyAsync(
                () -> server.feature().drain(grace), Executors.newVirtualThreadPerTaskExecutor());
    }

    /** The stream of the other route ends at once, so the drain has begun by then. */
    @ParameterizedTest
    @EnumSource
    void generatorReturnsDuringTheGraceAndItsStreamIsComplete(SocketType socketType) throws Exception {
        try (TestServer server = TestServer.on(socketType)
                        .get("/answer", answer.finishOnDrain())
                        .get("/endless", answer)
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/answer").awaitText("question\n\n");
                RawConnection endless = server.get("/endless").awaitText("question\n\n")) {
            CompletableFuture<Integer> drain = drain(server, LONG_GRACE);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(endless.awaitEnd().isComplete()).isTrue();
            assertThat(endless.body()).containsPattern("\n\nretry: \\d+\n\n$");
            try (RawConnection refused = server.get("/answer")) {
                assertThat(refused.status()).isEqualTo(503);
            }
            assertThat(server.feature().streams())
                    .singleElement()
                    .satisfies(stream -> assertThat(stream.cause()).isEmpty());
            assertThat(drain).isNotDone();

            goOn.countDown();

            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
            assertThat(drain.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isZero();
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body())
                    .contains("data: answer\n\n", "event: end\n")
                    .doesNotContain("retry:");
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamThatDoesNotReturnIsEndedAsDrained(SocketType socketType) {
        try (TestServer server = TestServer.on(socketType)
                        .get("/sse", answer.finishOnDrain())
                        .feature(feature -> feature.reconnectSpread(Duration.ZERO))
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("question\n\n")) {
            long began = System.nanoTime();
            assertThat(server.feature().drain(Duration.ofSeconds(2))).isZero();

            assertThat(System.nanoTime() - began)
                    .as("time that the generator had")
                    .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(1_800));
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).endsWith("\n\nretry: 200\n\n");
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @Test
    void clientThatDoesNotReadIsCutAtTheEndOfTheGrace() throws Exception {
        SseRoute busy = Flosse.stream((request, sink) -> {
            while (true) {
                sink.yield("x".repeat(64 * 1024));
            }
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", busy.finishOnDrain())
                        .start();
                RawConnection client = server.get("/sse")) {
            ServerStopTest.awaitStuck(server);

            assertThat(server.feature().drain(Duration.ofMillis(500))).isEqualTo(1);

            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(client.awaitEnd().isComplete()).isFalse();
        }
    }

    @Test
    void streamThatIsNotYetOpenOpensDuringTheDrain() throws Exception {
        var running = new CountDownLatch(1);
        SseRoute late = Flosse.stream((request, sink) -> {
                    running.countDown();
                    goOn.await();
                    sink.yield("answer");
                })
                .openOnFirstYield()
                .finishOnDrain();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/late", late)
                        .get("/endless", answer)
                        .start();
                RawConnection client = server.connect().get("/late");
                RawConnection endless = server.get("/endless").awaitText("question\n\n")) {
            running.await();
            CompletableFuture<Integer> drain = drain(server, LONG_GRACE);
            assertThat(endless.awaitEnd().isComplete()).isTrue();

            goOn.countDown();

            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).contains("data: answer\n\n", "event: end\n");
            assertThat(drain.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void clientThatLeavesDuringTheDrainEndsItsStream() throws Exception {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/answer", answer.finishOnDrain())
                        .get("/endless", answer)
                        .start();
                RawConnection client = server.get("/answer").awaitText("question\n\n");
                RawConnection endless = server.get("/endless").awaitText("question\n\n")) {
            CompletableFuture<Integer> drain = drain(server, LONG_GRACE);
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(endless.awaitEnd().isComplete()).isTrue();

            client.fin();

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(drain.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void eachServerOfTheJvmDrainsForItself() throws Exception {
        try (TestServer one = TestServer.on(SocketType.PLAIN)
                        .get("/sse", answer.finishOnDrain())
                        .start();
                TestServer two = TestServer.on(SocketType.PLAIN)
                        .get("/sse", answer.finishOnDrain())
                        .start();
                RawConnection ofOne = one.get("/sse").awaitText("question\n\n");
                RawConnection ofTwo = two.get("/sse").awaitText("question\n\n")) {
            CompletableFuture<Integer> drain = drain(two, LONG_GRACE);

            assertThat(one.feature().drain(Duration.ofMillis(100))).isZero();
            assertThat(one.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(ofOne.awaitEnd().isComplete()).isTrue();
            assertThat(two.feature().streams()).hasSize(1);
            assertThat(drain).isNotDone();

            goOn.countDown();

            assertThat(two.awaitCause()).isEqualTo(EndCause.COMPLETED);
            assertThat(ofTwo.awaitEnd().body()).contains("data: answer\n\n");
            assertThat(drain.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isZero();
        }
    }

    /** Without a drain, Helidon gives the generator its own grace period and then interrupts it. */
    @Test
    void stopWithoutDrainDoesNotWaitForTheGenerator() {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", answer.finishOnDrain())
                        .start();
                RawConnection client = server.get("/sse").awaitText("question\n\n")) {
            server.server().stop();

            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).containsPattern("\n\nretry: \\d+\n\n$");
        }
    }

    @Test
    void viewCanFinishOnDrain() throws Exception {
        SseView view = new SseView() {
            @Override
            public boolean finishOnDrain() {
                return true;
            }

            @Override
            public void generate(SseRequest request, Yield sink) throws InterruptedException {
                sink.yield("question");
                goOn.await();
                sink.yield("answer");
            }
        };
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/view", Flosse.stream(view))
                        .get("/endless", answer)
                        .start();
                RawConnection client = server.get("/view").awaitText("question\n\n");
                RawConnection endless = server.get("/endless").awaitText("question\n\n")) {
            CompletableFuture<Integer> drain = drain(server, LONG_GRACE);
            assertThat(endless.awaitEnd().isComplete()).isTrue();
            Deadlines.await(() -> server.feature().streams().size() == 1, "the end of the other stream");

            goOn.countDown();

            assertThat(client.awaitEnd().body()).contains("data: answer\n\n", "event: end\n");
            assertThat(drain.get(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS)).isZero();
        }
    }
}
