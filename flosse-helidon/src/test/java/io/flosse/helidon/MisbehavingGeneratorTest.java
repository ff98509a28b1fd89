package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import io.flosse.StreamInfo;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generators that violate their contract: the stream still ends with the right cause, and nothing leaks. */
class MisbehavingGeneratorTest {

    private static void awaitIgnoringInterrupts(CountDownLatch release) {
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException swallowed) {
                // Intended.
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void generatorIgnoringInterruptOfDisconnectStillEndsTheConnection(SocketType socketType) {
        var release = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            awaitIgnoringInterrupts(release);
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            client.halfClose();

            client.awaitEnd(); // the connection is closed although the generator continues
            StreamInfo still = server.feature().streams().getFirst();
            assertThat(still.cause()).contains(EndCause.CLIENT_GONE);
            release.countDown();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(server.feature().streams()).isEmpty();
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void generatorIgnoringInterruptOfDrainStillGetsLastRetrySent(SocketType socketType) {
        var release = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            awaitIgnoringInterrupts(release);
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            assertThat(server.feature().drain(Duration.ofMillis(200))).isEqualTo(1);

            client.awaitEnd();
            assertThat(client.isComplete()).isTrue();
            assertThat(client.body()).containsPattern("data: hello\n\nretry: \\d+\n\n$");
            release.countDown();
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void generatorCatchingExceptionOfYieldIsNamedInLog(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> {
            for (int refused = 0; refused < 12; ) { // further calls would be delayed by a second each
                try {
                    sink.yield("x");
                } catch (StreamEndedException swallowed) {
                    refused++;
                }
            }
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("data: x\n\n")) {
            client.reset();

            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).singleElement().asString().contains("The generator of /sse goes on");
        }
    }

    @ParameterizedTest
    @EnumSource
    void generatorThatNeverYieldsEndsOnDisconnect(SocketType socketType) {
        SseRoute route =
                Flosse.stream((request, sink) -> new CountDownLatch(1).await()).heartbeat(Duration.ofMillis(100));
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitBody(":\n:\n:\n")) {
            client.fin();

            StreamInfo ended = server.awaitEnded();
            assertThat(ended.cause()).contains(EndCause.CLIENT_GONE);
            assertThat(ended.events()).isZero();
            assertThat(ended.heartbeats()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void threadsThatYieldConcurrentlyAllEndOnDisconnect(SocketType socketType) throws Exception {
        BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
        SseRoute route = Flosse.stream((request, sink) -> {
            var helpers = new Thread[3];
            for (int i = 0; i < helpers.length; i++) {
                helpers[i] = Thread.startVirtualThread(() -> {
                    try {
                        while (true) {
                            sink.yield("x".repeat(1000));
                        }
                    } catch (RuntimeException e) {
                        thrown.add(e);
                    }
                });
            }
            for (Thread helper : helpers) {
                helper.join();
            }
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("xxx")) {
            client.fin();

            for (int i = 0; i < 3; i++) {
                assertThat(thrown.poll(TestServer.TIMEOUT_SECONDS, SECONDS))
                        .isInstanceOfAny(ClientDisconnectedException.class, IllegalStateException.class);
            }
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void errorOfGeneratorIsErrorEventWithoutItsMessage(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("hello");
            throw new AssertionError("jdbc:secret");
        });
        try (LogCapture logs = new LogCapture();
                TestServer server = TestServer.on(socketType).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            assertThat(client.body())
                    .containsPattern("event: error\ndata: \\{\"error\":\"internal\",\"ref\":\"[0-9a-f]+\"}\n\n$")
                    .doesNotContain("secret");
            assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
            assertThat(logs.errors()).hasSize(1);
        }
    }

    /** Code often wraps a checked exception this way and loses the information that it was an interrupt. */
    @ParameterizedTest
    @EnumSource
    void exceptionCausedByInterruptIsNotReportedAsFailure(SocketType socketType) {
        SseRoute route = Flosse.stream((request, sink) -> {
            try {
                new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                throw new IllegalStateException("query failed");
            }
        });
        try (TestServer server = TestServer.on(socketType).get("/sse", route).start();
                AllLogs logs = new AllLogs()) {
            try (RawConnection client = server.get("/sse")) {
                client.fin();
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            }
            try (RawConnection client = server.get("/sse")) {
                assertThat(server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS)))
                        .isZero();
                client.awaitEnd();
                assertThat(client.isComplete()).isTrue();
                assertThat(client.body()).doesNotContain("error");
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            }
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }
}
