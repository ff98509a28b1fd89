package io.flosse.helidon.internal.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.helidon.fixture.Http2Client;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.RefusingServer;
import io.flosse.helidon.fixture.Resources;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Refusals on HTTP/2 with an unread body: they end neither the connection nor its other streams. */
class UnreadBodyHttp2Test {

    private static RefusingServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        server = RefusingServer.start(SocketType.PLAIN, true);
        client = HttpClient.newHttpClient();
        // The JDK client cannot start an HTTP/2 connection with a request that has a body.
        assertThat(client.send(request("/smuggled").build(), BodyHandlers.ofString())
                        .version())
                .isEqualTo(HttpClient.Version.HTTP_2);
    }

    @AfterAll
    static void stop() {
        client.shutdownNow();
        server.close();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .version(HttpClient.Version.HTTP_2)
                .timeout(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        return answer;
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /fine, Accept, text/html, 406",
        "GET, /fine, Last-Event-ID, flosse:end, 204",
        "POST, /401, X, x, 401",
        "POST, /403, X, x, 403",
        "POST, /429/status, X, x, 429",
        "POST, /503, X, x, 503",
        "POST, /small, X, x, 413",
        "POST, /handled, X, x, 409"
    })
    void refusalsAreNotCacheable(String method, String path, String header, String value, int status) throws Exception {
        try (LogCapture ignored = new LogCapture()) {
            HttpResponse<String> answer = send(
                    request(path).header(header, value).method(method, BodyPublishers.ofString("more than ten bytes")));

            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(answer.headers().firstValue("Connection")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/401, Authentication is needed",
        "/403, No permission",
        "/404, hidden",
        "/429/status, later",
        "/500, Internal error",
        "/request-exception, no"
    })
    void responseDoesNotWaitForTheBody(String path, String answer) {
        assumeThat(HelidonLine.HTTP2_ANSWERS_ANY_ERROR)
                .as("This test needs Helidon 4.5 or later")
                .isTrue();
        try (LogCapture ignored = new LogCapture();
                RawHttp2 post = RawHttp2.postWithoutAnEnd(server.port(), path)) {
            assertThat(post.body()).startsWith(answer);
        }
    }

    /** A connection may send 64 KiB, or the window of the server, until the server enlarges its window. */
    @Test
    void refusedBodiesDoNotExhaustTheConnectionWindow() throws Exception {
        Set<Integer> connections = Set.copyOf(server.peers());
        byte[] body = new byte[1024 * 1024];
        for (int i = 0; i < 20; i++) {
            assertThat(send(request("/403").POST(BodyPublishers.ofByteArray(body)))
                            .statusCode())
                    .isEqualTo(403);
        }
        assertThat(send(request("/fine").POST(BodyPublishers.ofByteArray(new byte[100_000])))
                        .body())
                .contains("data: heard");
        assertThat(server.peers()).isEqualTo(connections);
    }

    /** Helidon reads the rest of a refused body, and waits for it even after the connection has ended. */
    @ParameterizedTest
    @ValueSource(strings = {"/401", "/403", "/404", "/429/status", "/503"})
    void handlersOfRefusedRequestsEndWithTheirConnection(String path) throws Exception {
        int before = Resources.now().virtualThreads();
        try (LogCapture ignored = new LogCapture()) {
            for (int i = 0; i < 20; i++) {
                try (Http2Client client = Http2Client.open(Http2Client.Entry.PRIOR_KNOWLEDGE, server.port())) {
                    int id = client.post(path);
                    if (HelidonLine.HTTP2_ANSWERS_ANY_ERROR) {
                        assertThat(client.awaitStatus(id)).isGreaterThanOrEqualTo(401);
                    } else {
                        client.awaitPong();
                    }
                }
            }

            assertThat(Resources.when(now -> now.virtualThreads() <= before).virtualThreads())
                    .isLessThanOrEqualTo(before);
        }
    }
}
