package io.flosse.helidon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.EventQueue;
import io.flosse.Generator;
import io.flosse.StreamEndedException;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.Permission;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Sources that call back on their own threads: a stream that ends stops its source, once. */
class EventQueueStreamTest {

    /** The client of a language model: calls back on a thread of its own until it is cancelled. */
    private static final class FakeModel {

        private final AtomicInteger cancels = new AtomicInteger();
        private final CompletableFuture<Throwable> thrownByCallback = new CompletableFuture<>();

        void start(Consumer<String> onToken) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        onToken.accept("token");
                        LockSupport.parkNanos(1_000_000); // a model takes its time
                    }
                } catch (RuntimeException e) {
                    thrownByCallback.complete(e);
                }
            });
        }

        void cancel() {
            cancels.incrementAndGet();
        }
    }

    private static Generator endless(FakeModel model) {
        return (request, sink) -> {
            EventQueue<String> tokens = EventQueue.open(request, 4);
            model.start(tokens::put);
            tokens.onEnd(model::cancel);
            for (String token : tokens) {
                sink.yield(token);
            }
        };
    }

    @Test
    void clientThatLeavesStopsTheSource() throws Exception {
        FakeModel model = new FakeModel();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", Flosse.stream(endless(model)))
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("token")) {
            client.reset();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            assertThat(model.thrownByCallback.get(TestServer.TIMEOUT_SECONDS, SECONDS))
                    .isInstanceOf(StreamEndedException.class);
            Deadlines.await(() -> model.cancels.get() == 1, "the cancel");
            assertThat(logs.aboveDebug()).isEmpty();
        }
        assertThat(model.cancels).hasValue(1);
    }

    @Test
    void clientThatLeavesWhileTheSourceIsSilentStopsTheSource() {
        FakeModel model = new FakeModel();
        Generator silent = (request, sink) -> {
            EventQueue<String> tokens = EventQueue.open(request, 4);
            tokens.onEnd(model::cancel);
            tokens.put("first");
            for (String token : tokens) {
                sink.yield(token);
            }
        };
        SseRoute route = Flosse.stream(silent).heartbeat(Duration.ZERO);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitText("first")) {
            client.fin();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
            Deadlines.await(() -> model.cancels.get() == 1, "the cancel");
        }
        assertThat(model.cancels).hasValue(1);
    }

    @Test
    void drainStopsTheSource() {
        FakeModel model = new FakeModel();
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", Flosse.stream(endless(model)))
                        .start();
                RawConnection client = server.get("/sse").awaitText("token")) {
            server.feature().drain(Duration.ofSeconds(1));
            assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
            Deadlines.await(() -> model.cancels.get() == 1, "the cancel");
            assertThat(client).isNotNull();
        }
        assertThat(model.cancels).hasValue(1);
    }

    @Test
    void completedSourceCompletesTheStreamAndAFailedOneFailsIt() throws Exception {
        FakeModel model = new FakeModel();
        Generator ends = (request, sink) -> {
            EventQueue<String> tokens = EventQueue.open(request, 4);
            tokens.onEnd(model::cancel);
            Thread.ofPlatform().start(() -> {
                tokens.put("token");
                switch (request.query("end").orElseThrow()) {
                    case "complete" -> tokens.complete();
                    case "interrupt" -> tokens.fail(new InterruptedException("of the source"));
                    default -> tokens.fail(new java.io.IOException("secret"));
                }
            });
            for (String token : tokens) {
                sink.yield(token);
            }
        };
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", Flosse.stream(ends))
                        .start();
                AllLogs logs = new AllLogs()) {
            int requests = 0;
            for (String end : new String[] {"complete", "fail", "interrupt"}) {
                try (RawConnection client = server.get("/sse?end=" + end).awaitText("data: token")) {
                    assertThat(server.awaitCause())
                            .as(end)
                            .isEqualTo(end.equals("complete") ? EndCause.COMPLETED : EndCause.FAILED);
                    client.awaitText(end.equals("complete") ? "event: end" : "event: error");
                }
                int cancels = ++requests;
                Deadlines.await(() -> model.cancels.get() == cancels, "the cancel after " + end);
            }
            assertThat(logs.aboveDebug()).as("two failures").hasSize(2);
        }
    }

    /** The queue is opened by a permission, and the request is refused by another one. */
    @Test
    void refusedRequestStopsTheSource() {
        FakeModel model = new FakeModel();
        Permission opens = request -> {
            EventQueue<String> tokens = EventQueue.open(request, 4);
            tokens.onEnd(model::cancel);
            return true;
        };
        SseRoute route = Flosse.stream((request, sink) -> {}).permissions(opens, request -> false);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            client.awaitText("403");
            Deadlines.await(() -> model.cancels.get() == 1, "the cancel");
        }
        assertThat(model.cancels).hasValue(1);
    }

    @Test
    void generatorThatThrowsBeforeItIteratesStopsTheSource() {
        FakeModel model = new FakeModel();
        Generator throwing = (request, sink) -> {
            EventQueue<String> tokens = EventQueue.open(request, 4);
            model.start(tokens::put);
            tokens.onEnd(model::cancel);
            throw new IllegalStateException("before the loop");
        };
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", Flosse.stream(throwing))
                        .start();
                AllLogs logs = new AllLogs();
                RawConnection client = server.get("/sse").awaitText("event: error")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
            Deadlines.await(() -> model.cancels.get() == 1, "the cancel");
            assertThat(logs.aboveDebug()).hasSize(1);
            assertThat(client).isNotNull();
        }
        assertThat(model.cancels).hasValue(1);
    }

    @Test
    void clientThatLeavesCancelsItsPublisher() throws Exception {
        CountDownLatch subscribed = new CountDownLatch(1);
        try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>()) {
            Generator generator = (request, sink) -> {
                EventQueue<String> tokens = EventQueue.open(request, 4);
                publisher.subscribe(tokens.subscriber());
                subscribed.countDown();
                for (String token : tokens) {
                    sink.yield(token);
                }
            };
            try (TestServer server = TestServer.on(SocketType.PLAIN)
                            .get("/sse", Flosse.stream(generator))
                            .start();
                    RawConnection client = server.get("/sse")) {
                assertThat(subscribed.await(TestServer.TIMEOUT_SECONDS, SECONDS))
                        .isTrue();
                publisher.submit("token");
                client.awaitText("data: token").reset();
                assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
                Deadlines.await(() -> publisher.getNumberOfSubscribers() == 0, "the cancel of the subscription");
            }
        }
    }
}
