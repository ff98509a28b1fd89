package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Channels;
import io.flosse.channel.Source;
import io.flosse.channel.Subscription;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.http.HttpException;
import io.helidon.http.NotFoundException;
import io.helidon.http.Status;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels and jobs over real sockets: bytes, resumption, end, and clients that disconnect or are too slow. */
class ChannelRouteTest {

    private final Channels channels =
            Channels.builder().historyEvents(10_000).historyBytes(64 << 20).build();
    private final Channel channel = channels.channel("news");
    private final TestServer server = TestServer.on(SocketType.PLAIN)
            .get("/news", Flosse.subscribe(channel.withHistory()))
            .get("/small", Flosse.subscribe(channel.withHistory().withBuffer(16)))
            .get(
                    "/jobs/{id}",
                    Flosse.subscribe(request -> request.pathParameter("id")
                            .flatMap(channels::job)
                            .orElseThrow(() -> new NotFoundException("No such job"))))
            .get(
                    "/rooms/{room}",
                    Flosse.subscribe(request ->
                            channels.channel(request.pathParameter("room").orElseThrow())))
            .get(
                    "/rooms",
                    Flosse.subscribe(
                            request -> channels.channel(request.query("room").orElseThrow())))
            .get(
                    "/numbers",
                    Flosse.subscribe(request -> channels.channel(
                            "number-" + Integer.parseInt(request.query("n").orElse("1")))))
            .get(
                    "/copy/{room}",
                    Flosse.stream((request, sink) -> sink.yield(channels.channel(
                                            request.pathParameter("room").orElseThrow())
                                    .name()))
                            .openOnFirstYield())
            .get(
                    "/open/{room}",
                    Flosse.stream((request, sink) -> sink.yield(
                            channels.channel(request.pathParameter("room").orElseThrow())
                                    .name())))
            .get("/open-job/{room}", Flosse.stream((request, sink) -> {
                channels.start(request.pathParameter("room").orElseThrow(), job -> {});
                sink.yield("started");
            }))
            .get("/open-body", Flosse.stream((request, sink) -> sink.yield(request.body(JsonObject.class))))
            .get("/open-400", Flosse.stream((request, sink) -> {
                throw new HttpException("n must be a number\n", Status.BAD_REQUEST_400);
            }))
            .get("/open-503", Flosse.stream((request, sink) -> {
                throw new HttpException("The database is away", Status.SERVICE_UNAVAILABLE_503);
            }))
            .get("/loop", Flosse.stream((request, sink) -> {
                for (SseEvent event : channel.subscribe(request)) {
                    sink.yield(event);
                }
            }))
            .get("/changed", Flosse.stream((request, sink) -> {
                for (SseEvent event : channel.subscribe(request)) {
                    sink.yield(event.withEvent("changed"));
                }
            }))
            .start();

    @AfterEach
    void stop() {
        server.close();
        channels.close();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TestServer.TIMEOUT_SECONDS * 1_000_000_000;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static String frame(String id, String data) {
        return "id: " + id + "\ndata: " + data + "\n\n";
    }

    @Test
    void streamOpensImmediatelyAndItsFramesHaveChannelIds() {
        try (RawConnection client = server.get("/news").awaitText(":\n")) {
            String one = channel.publish(SseEvent.of("one"));
            String two = channel.publish(SseEvent.of("two").withEvent("update"));
            String last = "id: " + two + "\nevent: update\ndata: two\n\n";
            assertThat(client.awaitText(last).body()).isEqualTo(":\n" + frame(one, "one") + last);
        }
        assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        await(() -> channel.subscribers() == 0);
    }

    /** What a user types into the address bar is never an error of the server. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/rooms/caf%C3%A9",
                "/rooms/a%20b",
                "/rooms/a%0Ab",
                "/rooms/a%1b%5b2J",
                "/rooms/%FF%FE",
                "/rooms?room=a/b",
                "/rooms?room=caf%C3%A9",
                "/rooms?room=%FF",
                "/rooms?room=",
                "/rooms?room",
                "/rooms",
                "/numbers?n=x",
                "/numbers?n=99999999999",
                "/copy/a%20b"
            })
    void nameThatNoChannelCanHaveIs404WithOneDebugLine(String path) {
        assert404WithOneDebugLine(path);
    }

    @Test
    void longNameIs404WithOneDebugLine() {
        assert404WithOneDebugLine("/rooms/" + "x".repeat(129));
        assert404WithOneDebugLine("/rooms?room=" + "x".repeat(3_000));
    }

    private void assert404WithOneDebugLine(String path) {
        try (LogCapture log = LogCapture.ofDebug();
                AllLogs others = new AllLogs();
                RawConnection client = server.get(path)) {
            assertThat(client.status()).isEqualTo(404);
            assertThat(client.text()).contains("no-store").doesNotContain("Exception");
            assertOneDebugLine(log, others, "404");
        }
    }

    private static void assertOneDebugLine(LogCapture log, AllLogs others, String text) {
        assertThat(log.records())
                .filteredOn(logged -> !logged.getMessage().startsWith("Stream ended"))
                .singleElement()
                .satisfies(logged -> {
                    assertThat(logged.getLevel()).isEqualTo(Level.FINE);
                    assertThat(logged.getThrown()).isNull();
                    assertThat(logged.getMessage()).contains(text).doesNotContainPattern("\\p{Cntrl}");
                });
        assertThat(others.aboveDebug()).isEmpty();
    }

    /** After the open no status can tell the client that its request is invalid; its log line stays as small. */
    @ParameterizedTest
    @ValueSource(strings = {"/open/caf%C3%A9", "/open/a%0Ab", "/open-job/a%20b", "/open-body", "/open-400"})
    void invalidRequestAfterTheOpenIsAnErrorEventWithOneDebugLine(String path) {
        try (LogCapture log = LogCapture.ofDebug();
                AllLogs others = new AllLogs();
                RawConnection client = server.get(path).awaitEnd()) {
            assertThat(client.body())
                    .containsPattern("event: error\ndata: \\{\"error\":\"internal\",\"ref\":\"[0-9a-f]{16}\"}\n\n");
            assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
            String ref = client.body().replaceAll("(?s).*\"ref\":\"(\\w+)\".*", "$1");
            assertOneDebugLine(log, others, ref);
        }
    }

    @Test
    void errorOfTheServerAfterTheOpenIsLoggedWithItsTrace() {
        try (LogCapture log = new LogCapture();
                RawConnection client = server.get("/open-503").awaitEnd()) {
            assertThat(client.body()).contains("event: error\n");
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown()).isInstanceOf(HttpException.class));
        }
    }

    @Test
    void impossibleNameInAJobIsOneDebugLine() {
        try (LogCapture log = LogCapture.ofDebug();
                AllLogs others = new AllLogs()) {
            String id =
                    channels.start(sink -> sink.yield(channels.channel("a b").name()));
            await(() -> log.messages().anyMatch(message -> message.contains("The job " + id)));
            assertOneDebugLine(log, others, "ref ");
        }
    }

    @Test
    void nonsenseInLastEventIdIsAnUnknownId() {
        channel.publish(SseEvent.of("one"));
        for (String id : List.of(
                "\u00ff\u00fe", "1e9", "-1", "9".repeat(1_000), "x".repeat(8_000), "a b", "job/x", "caf\u00e9")) {
            try (RawConnection client = server.get("/news", "Last-Event-ID: " + id)) {
                assertThat(client.awaitText("data: one\n\n").body()).contains("event: gap");
            }
        }
    }

    @Test
    void eventOfAnApplicationsOwnSourceWithAnIdThatCannotBeSentFailsTheStream() {
        Source source = new OwnSource(
                List.of(SseEvent.of("one").withId("1"), SseEvent.of("two").withId("caf\u00e9")));
        try (LogCapture logs = new LogCapture();
                TestServer own = TestServer.on(SocketType.PLAIN)
                        .get("/own", Flosse.subscribe(source))
                        .start();
                RawConnection client = own.get("/own").awaitEnd()) {
            assertThat(client.body())
                    .startsWith(":\nid: 1\ndata: one\n\nevent: error\n")
                    .doesNotContain("caf");
            assertThat(logs.errors())
                    .singleElement()
                    .satisfies(error -> assertThat(error.getThrown())
                            .hasMessageContaining("could not send it back unchanged in the header Last-Event-ID"));
        }
    }

    /** A source that is not flosse's own. */
    private record OwnSource(List<SseEvent> events) implements Source {

        @Override
        public String name() {
            return "own";
        }

        @Override
        public Subscription subscribe() {
            return new Subscription() {
                @Override
                public Iterator<SseEvent> iterator() {
                    return events.iterator();
                }

                @Override
                public void close() {
                    // Nothing is held.
                }
            };
        }

        @Override
        public Subscription subscribe(String lastEventId) {
            return subscribe();
        }

        @Override
        public int subscribers() {
            return 0;
        }

        @Override
        public Map<Loss, Long> losses() {
            return Map.of();
        }

        @Override
        public Source withHistory() {
            return this;
        }

        @Override
        public Source withFilter(Predicate<SseEvent> filter) {
            return this;
        }

        @Override
        public Source withBuffer(int events) {
            return this;
        }

        @Override
        public Source withOverflow(Overflow overflow) {
            return this;
        }

        @Override
        public Source withConflation(Function<SseEvent, ?> key) {
            return this;
        }
    }

    @Test
    void reconnectResumesAfterLastEventIdAndUnknownIdGetsGapEvent() {
        String one = channel.publish(SseEvent.of("one"));
        String two = channel.publish(SseEvent.of("two"));
        try (RawConnection client = server.get("/news", "Last-Event-ID: " + one)) {
            assertThat(client.awaitText("two\n\n").body()).isEqualTo(":\n" + frame(two, "two"));
        }
        try (RawConnection client = server.get("/news", "Last-Event-ID: of-another-life")) {
            assertThat(client.awaitText("two\n\n").body())
                    .isEqualTo(":\nevent: gap\ndata: {\"oldest\":\"" + one + "\"}\n\n" + frame(one, "one")
                            + frame(two, "two"));
        }
    }

    @Test
    void endOfChannelEndsTheStream() {
        try (RawConnection client = server.get("/news").awaitText(":\n")) {
            String one = channel.publish(SseEvent.of("one"));
            channel.end();
            assertThat(client.awaitEnd().body())
                    .isEqualTo(":\n" + frame(one, "one") + "id: flosse:end\nevent: end\ndata: {}\n\n");
        }
        assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
    }

    @Test
    void customLoopWritesTheSameBytesAndUnsubscribesOnDisconnect() {
        try (RawConnection client = server.get("/loop").awaitText(":\n");
                RawConnection changed = server.get("/changed").awaitText(":\n")) {
            await(() -> channel.subscribers() == 2);
            String one = channel.publish(SseEvent.of("one"));
            assertThat(client.awaitText("one\n\n").body()).isEqualTo(":\n" + frame(one, "one"));
            assertThat(changed.awaitText("one\n\n").body())
                    .isEqualTo(":\nid: " + one + "\nevent: changed\ndata: one\n\n");
        }
        await(() -> channel.subscribers() == 0);
    }

    @Test
    void unknownJobIs404() {
        try (RawConnection client = server.get("/jobs/nobody")) {
            assertThat(client.status()).isEqualTo(404);
        }
        try (RawConnection client = server.get("/jobs/..%2F..%2Fnews")) {
            assertThat(client.status()).isEqualTo(404);
        }
    }

    @Test
    void jobIsReadFromItsStartToItsEndEvent() {
        String id = channels.start(sink -> sink.yield("token", "one"));
        for (int i = 0; i < 2; i++) {
            try (RawConnection client = server.get("/jobs/" + id).awaitEnd()) {
                assertThat(client.body())
                        .matches(":\nid: \\S+\nevent: token\ndata: one\n\nid: flosse:end\nevent: end\ndata: \\{}\n\n");
            }
        }
    }

    @Test
    void channelWithoutRoomAsksClientsToRetry() {
        Channels few = Channels.builder().maxChannels(1).build();
        try (few;
                TestServer full = TestServer.on(SocketType.PLAIN)
                        .get(
                                "/rooms/{name}",
                                Flosse.subscribe(request -> few.channel(
                                        request.pathParameter("name").orElseThrow())))
                        .start();
                RawConnection first = full.get("/rooms/a").awaitText(":\n")) {
            try (RawConnection client = full.get("/rooms/b")) {
                assertThat(client.status()).isEqualTo(503);
                assertThat(client.text()).contains("Retry-After: 1");
            }
            try (RawConnection browser =
                    full.get("/rooms/b", "Accept: text/event-stream").awaitEnd()) {
                assertThat(browser.status()).isEqualTo(200);
                assertThat(browser.text()).contains("\r\n\r\nretry: ");
            }
            few.channel("a").publish(SseEvent.of("goes on"));
            first.awaitText("goes on\n\n");
        }
    }

    @Test
    void unavailableChannelAsksClientsToRetry() {
        channels.close();
        try (RawConnection client = server.get("/news")) {
            assertThat(client.status()).isEqualTo(503);
            assertThat(client.text()).contains("Retry-After: 1");
        }
        try (RawConnection browser =
                server.get("/news", "Accept: text/event-stream").awaitEnd()) {
            assertThat(browser.status()).isEqualTo(200);
            assertThat(browser.text()).contains("\r\n\r\nretry: ");
        }
    }

    @Test
    void closedChannelsEndStreamsWithRetryAndWithoutEndEvent() {
        try (RawConnection client = server.get("/news").awaitText(":\n")) {
            await(() -> channel.subscribers() == 1);
            channels.close();
            assertThat(client.awaitEnd().body()).startsWith(":\nretry: ").doesNotContain("flosse:end");
        }
        assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
    }

    @Test
    void slowConsumerIsDisconnectedWithoutEndEventAndLosesNothing() {
        String text = "x".repeat(8 * 1024);
        List<String> ids = new ArrayList<>();
        String body;
        try (RawConnection client = RawConnection.open(SocketType.PLAIN, server.port(), 4096)) {
            client.get("/small").awaitText(":\n");
            await(() -> channel.subscribers() == 1);
            ids.add(channel.publish(SseEvent.of(text)));
            client.awaitText("id: " + ids.getFirst() + "\n");
            for (int i = 1; i < 2000; i++) {
                ids.add(channel.publish(SseEvent.of(text)));
            }
            body = client.awaitEnd().body();
        }
        assertThat(server.awaitCause()).isEqualTo(EndCause.SLOW_CONSUMER);
        assertThat(channel.losses()).containsEntry(Loss.DISCONNECTED, 1L);
        assertThat(body).doesNotContain("flosse:end").endsWith("\n\n");
        List<String> seen = new ArrayList<>(ids(body));
        assertThat(seen).hasSizeBetween(1, 1999);
        channel.end();
        try (RawConnection back = server.get("/news", "Last-Event-ID: " + seen.getLast())) {
            seen.addAll(ids(back.awaitEnd().body()));
        }
        ids.add("flosse:end");
        assertThat(seen).isEqualTo(ids);
    }

    private static List<String> ids(String body) {
        Matcher ids = Pattern.compile("(?m)^id: (.*)$").matcher(body);
        List<String> found = new ArrayList<>();
        while (ids.find()) {
            found.add(ids.group(1));
        }
        return found;
    }
}
