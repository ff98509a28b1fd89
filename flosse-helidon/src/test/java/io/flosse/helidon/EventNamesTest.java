package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A route can rename the events that flosse itself sends. */
class EventNamesTest {

    private static final Map<String, String> NAMES = Map.of("end", "finished", "gap", "missed", "error", "failure");

    private final Channels channels = Channels.inMemory();
    private final Channel channel = channels.channel("news");
    private final TestServer server = TestServer.on(SocketType.PLAIN)
            .get("/view", Flosse.stream(new View()))
            .get("/renamed", Flosse.stream(new View()).eventNames(Map.of("error", "other")))
            .get(
                    "/own",
                    Flosse.stream(new View())
                            .endEvent(SseEvent.of("x").withEvent("end"))
                            .onError(failure -> Optional.of(SseEvent.of("y").withEvent("error"))))
            .get("/news", Flosse.subscribe(channel.withHistory()).eventNames(NAMES))
            .get(
                    "/loop",
                    Flosse.stream((request, sink) -> {
                                for (SseEvent event : channel.withHistory().subscribe(request)) {
                                    sink.yield(event);
                                }
                            })
                            .eventNames(NAMES))
            .get(
                    "/jobs/{id}",
                    Flosse.subscribe(request -> channels.job(
                                            request.pathParameter("id").orElseThrow())
                                    .orElseThrow())
                            .eventNames(NAMES))
            .start();

    private static final class View extends SseView {
        @Override
        public Map<String, String> eventNames() {
            return NAMES;
        }

        @Override
        public void generate(SseRequest request, Yield sink) {
            if (request.query("fail").isPresent()) {
                throw new IllegalStateException("expected");
            }
            sink.yield("end", "mine");
            sink.yield("error", "mine");
            sink.yield(SseEvent.of("mine").withEvent("gap"));
        }
    }

    @AfterEach
    void stop() {
        server.close();
        channels.close();
    }

    private String body(String path) {
        try (RawConnection client = server.get(path).awaitEnd()) {
            return client.body();
        }
    }

    @Test
    void endIsRenamedAndEventsOfTheApplicationAreNot() {
        assertThat(body("/view"))
                .isEqualTo(":\nevent: end\ndata: mine\n\nevent: error\ndata: mine\n\nevent: gap\ndata: mine\n\n"
                        + "id: flosse:end\nevent: finished\ndata: {}\n\n");
    }

    @Test
    void errorIsRenamed() {
        try (LogCapture log = new LogCapture()) {
            assertThat(body("/view?fail=1")).startsWith(":\nevent: failure\ndata: {\"error\":\"internal\",");
            assertThat(body("/renamed?fail=1")).startsWith(":\nevent: other\ndata: {\"error\":\"internal\",");
            assertThat(body("/renamed")).endsWith("event: end\ndata: {}\n\n");
            assertThat(log.errors()).hasSize(2);
        }
    }

    @Test
    void eventsOfEndEventAndOnErrorKeepTheirNames() {
        assertThat(body("/own")).endsWith("id: flosse:end\nevent: end\ndata: x\n\n");
        try (LogCapture ignored = new LogCapture()) {
            assertThat(body("/own?fail=1")).endsWith("event: error\ndata: y\n\n");
        }
    }

    @Test
    void gapOfAChannelIsRenamed() {
        String one = channel.publish(SseEvent.of("{\"missed\":1}").withEvent("gap"));
        String published = "id: " + one + "\nevent: gap\ndata: {\"missed\":1}\n\n";
        for (String path : new String[] {"/news", "/loop"}) {
            try (RawConnection client = server.get(path, "Last-Event-ID: of-another-life")) {
                assertThat(client.awaitText(published).body())
                        .isEqualTo(":\nevent: missed\ndata: {\"oldest\":\"" + one + "\"}\n\n" + published);
            }
        }
    }

    @Test
    void errorOfAJobIsRenamed() {
        CountDownLatch fails = new CountDownLatch(1);
        String id = channels.start(job -> {
            job.yield("error", "mine");
            fails.await();
            throw new IllegalStateException("expected");
        });
        try (LogCapture ignored = new LogCapture();
                RawConnection client = server.get("/jobs/" + id).awaitText("mine\n\n")) {
            Deadlines.await(() -> channels.job(id).orElseThrow().subscribers() == 1, "the client's subscription");
            fails.countDown();
            assertThat(client.awaitEnd().body())
                    .containsOnlyOnce("event: error\ndata: mine\n\n")
                    .containsPattern("event: failure\ndata: \\{\"error\":\"internal\",\"ref\":\"[0-9a-f]{16}\"}\n\n"
                            + "id: flosse:end\nevent: finished\ndata: \\{}\n\n$");
        }
    }

    @Test
    void errorOfACancelledJobIsRenamed() {
        String id = channels.start(job -> new CountDownLatch(1).await());
        channels.cancel(id);
        assertThat(body("/jobs/" + id)).contains("event: failure\ndata: {\"error\":\"cancelled\"}\n\n");
    }

    @Test
    void otherNamesAreRejected() {
        SseRoute route = Flosse.stream((request, sink) -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.eventNames(Map.of("message", "x")))
                .withMessageContaining("'message'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.eventNames(Map.of("gap", "a\nb")))
                .withMessageContaining("LF");
    }
}
