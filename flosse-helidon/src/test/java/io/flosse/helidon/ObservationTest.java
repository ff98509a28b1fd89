package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SlowConsumerGenerator;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;

/** Each stream ends with one cause, and log, listener, metrics and Flight Recorder report the same cause once. */
class ObservationTest {

    private static final SseRoute QUIET = Flosse.stream((request, sink) -> {
        sink.yield("hello");
        new CountDownLatch(1).await();
    });

    @SuppressWarnings("removal") // the only way to the registry on Helidon 4.3
    private final MeterRegistry registry = MetricsFactory.getInstance().globalRegistry();

    private static TestServer serve() {
        var asked = new AtomicInteger();
        String large = "x".repeat(64 * 1024);
        return TestServer.on(SocketType.PLAIN)
                .get("/COMPLETED", Flosse.stream((request, sink) -> sink.yield("hello")))
                .get("/CLIENT_GONE", QUIET)
                .get("/FAILED", Flosse.stream((request, sink) -> {
                    throw new IllegalStateException("on purpose");
                }))
                .get(
                        "/WRITE_TIMEOUT",
                        Flosse.stream((request, sink) -> {
                                    while (true) {
                                        sink.yield(large);
                                    }
                                })
                                .writeTimeout(Duration.ofMillis(300)))
                .get("/MAX_DURATION", QUIET.maxDuration(Duration.ofMillis(200)))
                .get(
                        "/EXPIRED",
                        QUIET.authenticators(request -> Optional.of(
                                Identity.of("ann").withExpiry(Instant.now().plusMillis(1_500)))))
                .get(
                        "/REVOKED",
                        QUIET.permissions(request -> asked.getAndIncrement() == 0)
                                .recheck(Duration.ofMillis(50)))
                .get("/SLOW_CONSUMER", Flosse.stream(new SlowConsumerGenerator()))
                .get("/DRAINED", QUIET)
                .start();
    }

    @Test
    void everyStreamEndIsReportedWithTheSameCause() throws IOException {
        Map<EndCause, StreamInfo> reported = new EnumMap<>(EndCause.class);
        List<RecordedEvent> recorded;
        List<Tag> tags;
        try (LogCapture logs = LogCapture.ofDebug();
                Recording recording = new Recording()) {
            recording.enable("io.flosse.StreamOpened");
            recording.enable("io.flosse.StreamEnded");
            recording.start();
            try (TestServer server = serve()) {
                tags = List.of(Tag.create("port", Integer.toString(server.port())));
                for (EndCause cause : EndCause.values()) {
                    StreamInfo ended = end(server, cause);
                    reported.put(ended.cause().orElseThrow(), ended);
                    assertThat(ended.route()).isEqualTo("/" + cause);
                    assertThat(timer(tags, cause))
                            .hasValueSatisfying(
                                    timer -> assertThat(timer.count()).isEqualTo(1));
                }
                assertThat(registry.counter("flosse.streams.opened", tags)
                                .orElseThrow()
                                .count())
                        .isEqualTo(EndCause.values().length);
                assertThat(registry.gauge("flosse.streams.open", tags)
                                .orElseThrow()
                                .value()
                                .intValue())
                        .isZero();
            }
            recorded = stop(recording);
            assertThat(logs.messages().filter(line -> line.startsWith("Stream ended: ")))
                    .hasSize(EndCause.values().length)
                    .allMatch(line -> reported.values().stream()
                            .anyMatch(info -> line.contains(info.route()) && line.contains(info.cause() + "]")));
            assertThat(logs.errors()).hasSize(1); // the exception of FAILED
        }
        assertThat(reported).containsOnlyKeys(EndCause.values());
        assertThat(recorded.stream()
                        .filter(event -> event.getEventType().getName().equals("io.flosse.StreamEnded"))
                        .map(event -> event.getString("route") + event.getString("cause")))
                .containsExactlyInAnyOrderElementsOf(reported.keySet().stream()
                        .map(cause -> "/" + cause + cause)
                        .toList());
        assertThat(recorded).hasSize(2 * EndCause.values().length);
        // A remaining meter would keep its server reachable and hide the meter of the next server on the same port.
        assertThat(registry.gauge("flosse.streams.open", tags)).isEmpty();
    }

    /** The metric fails here because another kind of meter has its name; in a native image metadata may be missing. */
    @Test
    void failingMetricsDoNotFailStreams() {
        try (LogCapture logs = LogCapture.ofDebug();
                TestServer server = serve()) {
            registry.getOrCreate(Counter.builder("flosse.streams.duration")
                    .tags(List.of(
                            Tag.create("port", Integer.toString(server.port())), Tag.create("cause", "COMPLETED"))));

            assertThat(end(server, EndCause.COMPLETED).cause()).hasValue(EndCause.COMPLETED);
            assertThat(logs.errors())
                    .singleElement()
                    .satisfies(error -> assertThat(error.getMessage()).contains("The metrics of streams failed"));
        }
    }

    private static StreamInfo end(TestServer server, EndCause cause) {
        try (RawConnection client = server.get("/" + cause)) {
            if (cause == EndCause.CLIENT_GONE) {
                client.fin();
            } else if (cause == EndCause.DRAINED) {
                server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            }
            return server.awaitEnded();
        }
    }

    private Optional<Timer> timer(List<Tag> tags, EndCause cause) {
        List<Tag> all = new ArrayList<>(tags);
        all.add(Tag.create("cause", cause.name()));
        return registry.timer("flosse.streams.duration", all);
    }

    private static List<RecordedEvent> stop(Recording recording) throws IOException {
        recording.stop();
        Path file = Files.createTempFile("flosse", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void eventsBytesAndHeartbeatsAreCounted() {
        SseRoute route = Flosse.stream((request, sink) -> {
                    sink.yield("one");
                    Thread.sleep(700);
                    sink.yield("two");
                    sink.comment("no event");
                })
                .noEndEvent()
                .heartbeat(Duration.ofMillis(200));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            StreamInfo ended = server.awaitEnded();
            List<Tag> tags = List.of(Tag.create("port", Integer.toString(server.port())));

            assertThat(ended.events()).isEqualTo(2);
            assertThat(ended.bytes()).isEqualTo(client.body().length());
            assertThat(ended.heartbeats()).isPositive();
            assertThat(ended.unwritten()).isZero();
            assertThat(counted("flosse.events", tags)).isEqualTo(2);
            assertThat(counted("flosse.bytes", tags)).isEqualTo(ended.bytes());
            assertThat(counted("flosse.heartbeats", tags)).isEqualTo(ended.heartbeats());
        }
    }

    private long counted(String name, List<Tag> tags) {
        return registry.meters().stream()
                .filter(meter -> meter.id().name().equals(name))
                .filter(meter -> List.of(meter.id().tags().iterator().next()).equals(tags))
                .map(meter -> meter instanceof io.helidon.metrics.api.FunctionalCounter counter
                        ? counter.count()
                        : ((io.helidon.metrics.api.Counter) meter).count())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void refusedRequestsAreCountedByReason() {
        SseRoute full = QUIET;
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/full", full)
                        .get("/forbidden", full.permissions(request -> false))
                        .feature(feature -> feature.maxStreams(1))
                        .start();
                RawConnection first = server.get("/full")) {
            assertThat(first.status()).isEqualTo(200);
            server.get("/full").close();
            server.get("/full").close();
            server.get("/full", "Accept: text/html").close();
            server.get("/forbidden").close();
            server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            server.awaitEnded();
            server.get("/full").close();

            assertThat(refused(server, "max-streams")).isEqualTo(2);
            assertThat(refused(server, "not-acceptable")).isEqualTo(1);
            assertThat(refused(server, "permission")).isEqualTo(1);
            assertThat(refused(server, "draining")).isEqualTo(1);
        }
    }

    private long refused(TestServer server, String reason) {
        List<Tag> tags = List.of(Tag.create("port", Integer.toString(server.port())), Tag.create("reason", reason));
        return registry.counter("flosse.streams.refused", tags).orElseThrow().count();
    }
}
