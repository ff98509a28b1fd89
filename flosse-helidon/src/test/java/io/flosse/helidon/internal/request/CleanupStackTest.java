package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.throttle.Throttle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@link CleanupStack}: runs all actions, however many there are, even if some throw, and even if they are added late. */
class CleanupStackTest {

    /** A recursive implementation would overflow the stack at about 10,000 levels. */
    private static final int MANY = 100_000;

    private final List<String> released = new ArrayList<>();
    private final CleanupStack cleanup = new CleanupStack();

    @Test
    void actionsRunInReverseOrderEvenIfSomeThrow() {
        Error overflow = new StackOverflowError();
        cleanup.add(() -> released.add("first"));
        cleanup.add(() -> {
            throw overflow;
        });
        cleanup.addUserCallback(
                () -> {
                    throw new StackOverflowError();
                },
                "A test");
        cleanup.add(() -> released.add("last"));

        try (LogCapture log = new LogCapture()) {
            assertThatThrownBy(cleanup::close).isSameAs(overflow);
            assertThat(log.errors()).hasSize(1);
        }
        assertThat(released).containsExactly("last", "first");
    }

    @Test
    void manyActionsDoNotOverflowTheStack() {
        AtomicInteger run = new AtomicInteger();
        for (int i = 0; i < MANY; i++) {
            cleanup.addUserCallback(run::incrementAndGet, "A test");
        }
        cleanup.close();
        assertThat(run).hasValue(MANY);
    }

    @Test
    void actionsAddedDuringOrAfterCloseAlsoRun() {
        cleanup.add(() -> cleanup.add(() -> released.add("while")));
        cleanup.close();
        cleanup.add(() -> released.add("after"));
        cleanup.close();
        assertThat(released).containsExactly("while", "after");
    }

    @Test
    void actionsThatAddFurtherActionsDoNotOverflowTheStack() {
        AtomicInteger left = new AtomicInteger(MANY);
        cleanup.close();
        cleanup.add(new Runnable() {
            @Override
            public void run() {
                if (left.decrementAndGet() > 0) {
                    cleanup.add(this);
                }
            }
        });
        assertThat(left).hasValue(0);
    }

    @Test
    void throttleIsReleasedAfterManyCallbacksOfOneRequest() throws InterruptedException {
        var handled = new Semaphore(0);
        AtomicInteger done = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> {
                    for (int i = 0; i < MANY; i++) {
                        request.onDone(done::incrementAndGet);
                    }
                })
                .throttles(Throttle.concurrent(1, Throttle.perRoute()));
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter((chain, request, response) -> {
                            try {
                                chain.proceed();
                            } finally {
                                handled.release();
                            }
                        }))
                        .get("/sse", route)
                        .start();
                AllLogs logs = new AllLogs()) {
            for (int i = 1; i <= 2; i++) {
                try (RawConnection client = server.get("/sse")) {
                    assertThat(client.status()).isEqualTo(200);
                    assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
                    int expected = i * MANY;
                    Deadlines.await(() -> done.get() == expected, "all callbacks to run");
                    client.awaitEnd();
                    assertThat(handled.tryAcquire(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                            .isTrue();
                }
            }
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** flosse searches the causes of an exception for the end of the stream. */
    @Test
    void exceptionWithCyclicCausesIsReportedAsFailure() {
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield("open");
            IllegalStateException one = new IllegalStateException("one");
            one.initCause(new IllegalStateException("two", one));
            throw one;
        });
        try (LogCapture ignored = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.body()).contains("event: error");
            assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
        }
    }
}
