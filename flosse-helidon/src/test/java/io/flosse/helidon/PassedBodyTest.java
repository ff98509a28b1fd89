package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.flosse.Generator;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.helidon.internal.transport.HelidonLine;
import io.helidon.http.NotFoundException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.Handler;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A handler of the application has read the body before flosse, and passes it or forgets to. */
class PassedBodyTest {

    private record Prompt(String text) {}

    private static final String CALL = "route.handle(request, response, body)";

    private final TestServer server = start();

    private static SseRoute echo() {
        return Flosse.stream((request, sink) -> sink.yield(request.body(String.class)))
                .openOnFirstYield();
    }

    private static SseRoute route(Generator generator) {
        return Flosse.stream(generator).openOnFirstYield();
    }

    /** Returns a handler that reads the body as text and passes what a function makes of it. */
    private static Handler passing(SseRoute route, Function<String, Object> mapping) {
        return (request, response) ->
                route.handle(request, response, mapping.apply(request.content().as(String.class)));
    }

    private static int readOne(InputStream in) {
        try {
            return in.read();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private TestServer start() {
        Filter reading = (chain, request, response) -> {
            switch (request.path().path()) {
                case "/filtered" -> request.content().consume();
                case "/buffered" -> request.content().buffer();
                default -> {}
            }
            chain.proceed();
        };
        return TestServer.on(SocketType.PLAIN)
                .routing(routing -> routing.addFilter(reading)
                        .get("/first", echo())
                        .post("/string", passing(echo(), body -> body))
                        .post(
                                "/record",
                                passing(
                                        route((request, sink) -> sink.yield(
                                                request.body(Prompt.class).text())),
                                        Prompt::new))
                        .post(
                                "/gates",
                                passing(
                                        echo().permissions(request ->
                                                request.body(String.class).equals("hello")),
                                        body -> body))
                        .post(
                                "/choice",
                                passing(
                                        echo().streamIf(
                                                        request -> request.body(String.class)
                                                                .equals("hello"),
                                                        (request, response) -> response.send("plain")),
                                        body -> body))
                        .post(
                                "/other-type",
                                passing(route((request, sink) -> request.body(JsonObject.class)), body -> body))
                        .post("/null", passing(echo(), body -> null))
                        .post("/forgotten", (request, response) -> {
                            assertThat(request.content().as(String.class)).isNotEmpty();
                            echo().handle(request, response);
                        })
                        .post("/begun", (request, response) -> {
                            readOne(request.content().inputStream());
                            echo().handle(request, response);
                        })
                        .post("/begun-and-passed", (request, response) -> {
                            int first = readOne(request.content().inputStream());
                            echo().maxBodySize(1).handle(request, response, String.valueOf((char) first));
                        })
                        .post(
                                "/unread-and-passed",
                                (request, response) ->
                                        echo().maxBodySize(5).handle(request, response, "from elsewhere"))
                        .post("/unread-and-null", (request, response) -> echo().handle(request, response, null))
                        .post("/filtered", echo())
                        .post("/buffered", echo())
                        .post(
                                "/permission",
                                echo().permissions(request ->
                                        request.body(String.class).isEmpty()))
                        .get(
                                "/permission",
                                echo().permissions(request ->
                                        request.body(String.class).isEmpty()))
                        .post("/rest", (request, response) -> {
                            throw new NotFoundException("not reached");
                        }))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RawExchange post(String path, String body, String... headers) {
        return RawExchange.post(server.port(), path, body, headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/string", "/record", "/gates", "/choice", "/unread-and-null"})
    void passedBodyIsTheBodyOfTheRequest(String path) {
        try (RawExchange answer = post(path, "hello")) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("data: hello\n\n");
        }
    }

    @Test
    void passedBodyIsKnownToPermissionsAndTheChoice() {
        try (RawExchange refused = post("/gates", "other");
                RawExchange plain = post("/choice", "other")) {
            assertThat(refused.status()).isEqualTo(403);
            assertThat(plain.body()).isEqualTo("plain");
        }
    }

    @Test
    void passedBodyOfAnotherTypeIsServerErrorThatNamesBothTypes() {
        try (LogCapture log = new LogCapture();
                RawExchange answer = post("/other-type", "{}")) {
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).startsWith("Internal error, ref ").doesNotContain("JsonObject");
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown())
                            .hasMessageContaining("java.lang.String")
                            .hasMessageContaining("jakarta.json.JsonObject"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/forgotten", "/begun", "/null", "/filtered"})
    void bodyThatWasReadAndNotPassedIsServerErrorThatNamesTheCall(String path) {
        // Larger than what the server reads at once, and than the limit of the route.
        for (int size : new int[] {1, 100_000, 2_000_000}) {
            try (LogCapture log = new LogCapture();
                    RawExchange answer = post(path, "x".repeat(size))) {
                if (path.equals("/begun") && size > 1_048_576) {
                    assertThat(answer.status()).isEqualTo(413); // the client is wrong, too
                    continue;
                }
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.body()).startsWith("Internal error, ref ").doesNotContain("handle");
                assertThat(log.errors()).singleElement().satisfies(logged -> {
                    assertThat(logged.getMessage()).startsWith("The route of " + path + " failed");
                    assertThat(logged.getThrown()).hasMessageContaining(CALL);
                });
            }
        }
    }

    /** What is left of the body is not taken for the next request. */
    @Test
    void restOfABodyThatWasNotPassedIsNotParsedAsARequest() {
        String smuggled = "POST /rest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n";
        try (LogCapture ignored = new LogCapture();
                RawExchange answer = post("/begun", "x".repeat(20_000) + smuggled)) {
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.header("Connection")).contains("close");
            assertThat(answer.rest()).doesNotContain("HTTP/1.1 404");
        }
    }

    @Test
    void restOfAPassedBodyIsReadBeforeTheStream() {
        for (String body : new String[] {"x", "xy", "x".repeat(3_000_000)}) {
            try (RawExchange answer = post("/begun-and-passed", body)) {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("data: x\n\n");
            }
        }
    }

    @Test
    void bodyThatTheHandlerDidNotReadIsReadWithinTheLimit() {
        try (RawExchange answer = post("/unread-and-passed", "12345");
                RawExchange large = post("/unread-and-passed", "123456")) {
            assertThat(answer.body()).isEqualTo("data: from elsewhere\n\n");
            assertThat(large.status()).isEqualTo(413);
        }
        try (RawExchange waiting = RawExchange.send(
                server.port(),
                "POST",
                "/unread-and-passed",
                new byte[0],
                "Content-Length: 5",
                "Expect: 100-continue")) {
            assertThat(waiting.status()).isEqualTo(100);
            waiting.write("12345");
            assertThat(waiting.readHead().status()).isEqualTo(200);
        }
    }

    @Test
    void bufferedBodyIsReadAgain() {
        assumeThat(HelidonLine.HTTP2_ANSWERS_ANY_ERROR)
                .as("This test needs Helidon 4.5 or later, which can buffer a body")
                .isTrue();
        try (RawExchange answer = post("/buffered", "hello")) {
            assertThat(answer.body()).isEqualTo("data: hello\n\n");
        }
    }

    /** Permissions are checked before the body is read, so that nobody without permission can send a large one. */
    @Test
    void permissionThatUsesAnUnreadBodyIsServerError() {
        try (LogCapture log = new LogCapture();
                RawExchange answer = post("/permission", "x");
                RawExchange withoutBody = RawExchange.get(server.port(), "/permission")) {
            assertThat(answer.status()).isEqualTo(500);
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown()).hasMessageContaining("has not been read yet"));
            assertThat(withoutBody.status()).isEqualTo(200);
        }
    }

    @Test
    void bodyIsPassedOnHttp2() throws Exception {
        try (LogCapture log = new LogCapture();
                HttpClient client = HttpClient.newHttpClient()) {
            // The JDK client cannot start an HTTP/2 connection with a request that has a body.
            send(client, HttpRequest.newBuilder(uri("/first")));
            assertThat(http2(client, "/string", "hello").body()).isEqualTo("data: hello\n\n");
            assertThat(http2(client, "/begun-and-passed", "x".repeat(100_000)).body())
                    .isEqualTo("data: x\n\n");
            assertThat(log.errors()).isEmpty();
            for (String path : new String[] {"/forgotten", "/begun", "/null", "/filtered"}) {
                assertThat(http2(client, path, "x".repeat(100_000)).statusCode())
                        .isEqualTo(500);
            }
            assertThat(log.errors())
                    .hasSize(4)
                    .allSatisfy(logged -> assertThat(logged.getThrown()).hasMessageContaining(CALL));
        }
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private HttpResponse<String> http2(HttpClient client, String path, String body) throws Exception {
        return send(client, HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)));
    }

    private static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = client.send(
                request.timeout(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS)).build(), BodyHandlers.ofString());
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        return response;
    }
}
