package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Interrupts from outside flosse at random moments of busy streams: of the generator by another thread and by itself, and of a
 * helper thread that yields. None of them cuts a frame or makes the server count events wrongly.
 */
class ExternalInterruptTest {

    private static final int STREAMS = Integer.getInteger("flosse.interrupts", 1_500);
    private static final int CLIENTS = 20;

    private enum Interrupting {
        BY_ANOTHER_THREAD,
        BY_ITSELF,
        OF_A_HELPER
    }

    /** State of one stream as its generator saw it. */
    private static final class Seen {
        private final AtomicInteger yielded = new AtomicInteger();
        private volatile boolean helper;
        private volatile boolean interrupt;
    }

    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    static Stream<Arguments> socketKinds() {
        return Stream.of(SocketType.values())
                .flatMap(socketType -> Stream.of(Arguments.of(socketType, true), Arguments.of(socketType, false)));
    }

    private SseRoute busy() {
        return Flosse.stream((request, sink) -> {
                    Seen mine = new Seen();
                    String name = request.identity().orElseThrow().name();
                    seen.put(name, mine);
                    var random = new Random(name.hashCode());
                    Interrupting how = Interrupting.values()[random.nextInt(Interrupting.values().length)];
                    long delay = random.nextLong(2_000_000);
                    Runnable loop = () -> {
                        long itself = System.nanoTime() + delay;
                        try {
                            while (true) {
                                sink.yield("event", mine.yielded.get());
                                if (mine.yielded.incrementAndGet() % 16 == 0) {
                                    LockSupport.parkNanos(20_000); // limits the size of the body
                                }
                                if (how == Interrupting.BY_ITSELF && System.nanoTime() - itself > 0) {
                                    Thread.currentThread().interrupt();
                                }
                            }
                        } finally {
                            mine.interrupt = Thread.currentThread().isInterrupted();
                        }
                    };
                    if (how == Interrupting.BY_ITSELF) {
                        loop.run();
                    }
                    Thread generator = Thread.currentThread();
                    if (how == Interrupting.BY_ANOTHER_THREAD) {
                        Thread.startVirtualThread(() -> {
                            LockSupport.parkNanos(delay);
                            generator.interrupt();
                        });
                        loop.run();
                    }
                    mine.helper = true;
                    Thread helper = Thread.startVirtualThread(() -> {
                        try {
                            loop.run();
                        } catch (RuntimeException ended) {
                            // The state is recorded in mine.
                        }
                    });
                    LockSupport.parkNanos(delay);
                    helper.interrupt();
                    helper.join();
                })
                .authenticators(request -> request.header("X-Stream").map(Identity::of))
                .writeTimeout(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
    }

    @ParameterizedTest
    @MethodSource("socketKinds")
    void interruptsDoNotCutFramesOrCorruptCounters(SocketType socketType, boolean nio) throws Exception {
        assumeThat(nio || HelidonLine.SENT_BY_COMMIT)
                .as("This test needs Helidon 4.4.1 or later, which has both kinds of sockets")
                .isTrue();
        TestServer.Setup setup = TestServer.on(socketType).get("/busy", busy());
        if (!nio) {
            setup.settings(server -> server.useNio(false));
        }
        try (TestServer server = setup.start();
                AllLogs logs = new AllLogs();
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> all = new ArrayList<>();
            var received = new ConcurrentHashMap<String, Integer>();
            for (int i = 0; i < STREAMS; i++) {
                String name = socketType + "-" + i;
                all.add(clients.submit(() -> received.put(name, eventsOf(server, name))));
            }
            for (Future<?> one : all) {
                one.get();
            }
            for (int i = 0; i < STREAMS; i++) {
                StreamInfo ended = server.awaitEnded();
                String name = ended.identity().orElseThrow().name();
                Seen mine = seen.get(name);
                EndCause cause = ended.cause().orElseThrow();
                assertThat(cause).as("stream %s", name).isEqualTo(mine.helper ? EndCause.COMPLETED : EndCause.DRAINED);
                assertThat(mine.interrupt)
                        .as("interrupt flag of stream %s", name)
                        .isTrue();
                assertThat(ended.unwritten()).as("stream %s", name).isZero();
                int end = mine.helper ? 1 : 0;
                assertThat(ended.events())
                        .as("written events of stream %s", name)
                        .isEqualTo(received.get(name) + end);
                assertThat(mine.yielded.get())
                        .as("yielded events of stream %s", name)
                        .isEqualTo(received.get(name));
            }
            assertThat(logs.aboveDebug()).isEmpty();
        }
    }

    /** Reads a stream to its end, asserts that all events are complete and in order, and returns their number. */
    private static int eventsOf(TestServer server, String name) {
        try (RawConnection client = server.get("/busy", "X-Stream: " + name)) {
            client.awaitEnd();
            assertThat(client.isComplete())
                    .as("stream %s ended with its last chunk", name)
                    .isTrue();
            int events = 0;
            for (String frame : client.body().substring(":\n".length()).split("\n\n")) {
                if (frame.startsWith("event: event\n")) {
                    assertThat(frame).isEqualTo("event: event\ndata: " + events);
                    events++;
                }
            }
            return events;
        }
    }
}
