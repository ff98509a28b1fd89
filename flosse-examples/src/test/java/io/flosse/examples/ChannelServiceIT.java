package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.SseEvent;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP endpoints of channels and jobs. */
class ChannelServiceIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static ExamplesServer server;

    @BeforeAll
    static void start() throws IOException {
        server = ExamplesServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String body, String type)
            throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(uri(path)).header("Content-Type", type).POST(BodyPublishers.ofString(body)));
    }

    private static String id(HttpResponse<String> accepted) {
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(accepted.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        assertThat(accepted.body()).matches("\\{\"id\":\"[^\"]+\"}");
        return accepted.body().substring(7, accepted.body().length() - 2);
    }

    @Test
    void publishedEventsAreReceivedAndReplayed() throws IOException, InterruptedException {
        try (SseClient live = SseClient.connect(uri("/sse/channels/addresses"))) {
            String one = id(post("/channels/addresses?event=chat", "two\nlines", "text/plain"));
            assertThat(live.next())
                    .isEqualTo(SseEvent.of("two\nlines").withEvent("chat").withId(one));
            String two = id(post("/channels/addresses", "{ \"a\" : [1, 2] }", "application/json"));
            SseEvent json = SseEvent.of("{\"a\":[1,2]}").withId(two);
            assertThat(live.next()).isEqualTo(json);
            try (SseClient back = SseClient.connect(uri("/sse/channels/addresses"), "Last-Event-ID: " + one);
                    SseClient late = SseClient.connect(uri("/sse/channels/addresses"));
                    SseClient lost = SseClient.connect(uri("/sse/channels/addresses"), "Last-Event-ID: of-old")) {
                assertThat(back.next()).isEqualTo(json);
                assertThat(late.next().id()).contains(one);
                SseEvent gap = lost.next();
                assertThat(gap.event()).contains("gap");
                assertThat(gap.data()).isEqualTo("{\"oldest\":\"" + one + "\"}");
                assertThat(lost.next().id()).contains(one);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/channels/a%20b",
                "/channels/a%0Ab",
                "/channels/job%2Fx",
                "/channels/x?event=a%0Adata:%20injected",
                "/channels/%7Ba%7D"
            })
    void namesWithSpecialCharactersAreRefused(String path) throws IOException, InterruptedException {
        assertThat(post(path, "x", "text/plain").statusCode()).isIn(400, 404);
    }

    @Test
    void invalidBodiesAreRefused() throws IOException, InterruptedException {
        assertThat(post("/channels/bodies", "{no json", "application/json").statusCode())
                .isEqualTo(400);
        assertThat(post("/channels/bodies", "x".repeat(64 * 1024 + 1), "text/plain")
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void invalidNamesAreRefusedBeforeTheStreamOpens() throws IOException, InterruptedException {
        assertThat(send(HttpRequest.newBuilder(uri("/sse/channels/a%20b"))).statusCode())
                .isEqualTo(400);
        assertThat(send(HttpRequest.newBuilder(uri("/sse/jobs/nobody"))).statusCode())
                .isEqualTo(404);
        assertThat(send(HttpRequest.newBuilder(uri("/jobs/nobody")).DELETE()).statusCode())
                .isEqualTo(404);
        assertThat(post("/jobs?words=0", "", "text/plain").statusCode()).isEqualTo(400);
    }

    @Test
    void finishedJobIsReplayedCompletely() throws IOException, InterruptedException {
        String id = id(post("/jobs?words=5", "", "text/plain"));
        for (int run = 0; run < 2; run++) {
            try (SseClient client = SseClient.connect(uri("/sse/jobs/" + id))) {
                List<SseEvent> events = client.untilEnd();
                assertThat(events)
                        .extracting(event -> event.event().orElse(""))
                        .containsExactly("token", "token", "token", "token", "token", "end");
                assertThat(client.endedCleanly()).isTrue();
            }
        }
    }

    @Test
    void cancelledJobEndsWithAnErrorEvent() throws IOException, InterruptedException {
        String id = id(post("/jobs?words=10000", "", "text/plain"));
        try (SseClient client = SseClient.connect(uri("/sse/jobs/" + id))) {
            client.next();
            assertThat(send(HttpRequest.newBuilder(uri("/jobs/" + id)).DELETE()).statusCode())
                    .isEqualTo(204);
            List<SseEvent> rest = client.untilEnd();
            assertThat(rest.get(rest.size() - 2).data()).isEqualTo("{\"error\":\"cancelled\"}");
            assertThat(rest.getLast().event()).contains("end");
        }
        assertThat(send(HttpRequest.newBuilder(uri("/jobs/" + id)).DELETE()).statusCode())
                .isEqualTo(404);
    }
}
