package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A sink used by several threads, and by a thread that keeps it after the end of the generator. */
@ServerTest
class SinkConcurrencyTest {

    private static final int THREADS = 3;
    private static final int EVENTS = 2_000;
    private static final Pattern FRAME =
            Pattern.compile("id: (\\d):(\\d+)\nevent: t\\1\ndata: line one of \\1:\\2\ndata: line two of \\1:\\2");
    private static final BlockingQueue<Yield> KEPT = new LinkedBlockingQueue<>();
    private static final BlockingQueue<Object> SEEN = new LinkedBlockingQueue<>();

    private final int port;

    SinkConcurrencyTest(WebServer server) {
        port = server.port();
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        routing.get("/three", Flosse.stream((request, sink) -> {
                    Thread[] threads = new Thread[THREADS];
                    for (int t = 0; t < THREADS; t++) {
                        String name = Integer.toString(t);
                        threads[t] = Thread.startVirtualThread(() -> yieldAll(sink, name));
                    }
                    for (Thread thread : threads) {
                        thread.join();
                    }
                }))
                .get("/kept", Flosse.stream((request, sink) -> KEPT.add(sink)))
                .get("/kept-by-a-failure", Flosse.stream((request, sink) -> {
                    KEPT.add(sink);
                    throw new IllegalArgumentException("on purpose");
                }))
                .get("/interrupted", Flosse.stream((request, sink) -> {
                    Thread other = Thread.startVirtualThread(() -> yieldInterrupted(sink));
                    other.join();
                    sink.yield("went on");
                }));
    }

    private static void yieldAll(Yield sink, String name) {
        for (int i = 0; i < EVENTS; i++) {
            String id = name + ":" + i;
            sink.yield("t" + name, "line one of " + id + "\nline two of " + id, id);
        }
    }

    private static void yieldInterrupted(Yield sink) {
        Thread.currentThread().interrupt();
        try {
            sink.yield("never written");
        } catch (StreamEndedException interrupted) {
            SEEN.add(interrupted);
        }
        SEEN.add(Thread.currentThread().isInterrupted());
        try {
            sink.sleep(Duration.ofHours(1));
        } catch (StreamEndedException interrupted) {
            SEEN.add(interrupted);
        }
        SEEN.add(Thread.currentThread().isInterrupted());
    }

    @Test
    void framesOfConcurrentThreadsAreNotInterleaved() {
        try (RawExchange answer = RawExchange.get(port, "/three")) {
            List<String> frames =
                    List.of(answer.body().substring(":\n".length()).split("\n\n"));

            assertThat(frames).hasSize(THREADS * EVENTS + 1);
            int[] next = new int[THREADS];
            for (String text : frames.subList(0, frames.size() - 1)) {
                var frame = FRAME.matcher(text);
                assertThat(frame.matches()).as("complete frame: %s", text).isTrue();
                int thread = Integer.parseInt(frame.group(1));
                assertThat(Integer.parseInt(frame.group(2))).isEqualTo(next[thread]++);
            }
            assertThat(next).containsOnly(EVENTS);
        }
    }

    @Test
    void sinkRejectsEventsAfterTheGeneratorHasReturned() throws InterruptedException {
        assertKeptSinkRefuses("/kept");
    }

    @Test
    void sinkRejectsEventsAfterTheGeneratorHasThrown() throws InterruptedException {
        try (LogCapture ignored = new LogCapture()) {
            assertKeptSinkRefuses("/kept-by-a-failure");
        }
    }

    private void assertKeptSinkRefuses(String path) throws InterruptedException {
        try (RawExchange answer = RawExchange.get(port, path)) {
            answer.body();
            Yield sink = KEPT.poll(10, TimeUnit.SECONDS);

            assertThat(sink).isNotNull();
            assertThatIllegalStateException()
                    .isThrownBy(() -> sink.yield("late"))
                    .withMessageContaining("generator has returned");
            assertThatIllegalStateException().isThrownBy(() -> sink.comment("late"));
            assertThatIllegalStateException().isThrownBy(() -> sink.sleep(Duration.ofHours(1)));
            assertThat(answer.rest()).isEmpty();
        }
    }

    @Test
    void interruptedThreadNeitherWritesNorSleepsAndStaysInterrupted() throws InterruptedException {
        try (RawExchange answer = RawExchange.get(port, "/interrupted")) {
            assertThat(answer.body()).startsWith(":\ndata: went on\n\nid: flosse:end\n");
        }
        for (int i = 0; i < 2; i++) {
            assertThat(SEEN.poll(10, TimeUnit.SECONDS)).isInstanceOf(StreamEndedException.class);
            assertThat(SEEN.poll(10, TimeUnit.SECONDS)).isEqualTo(true);
        }
    }
}
