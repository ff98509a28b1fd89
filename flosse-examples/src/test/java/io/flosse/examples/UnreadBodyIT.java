package io.flosse.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.SseRoute;
import io.flosse.testing.SseClient;
import io.flosse.throttle.Throttle;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Request smuggling through real proxies, which reuse their connections to the server for other clients. The body of
 * one client is never parsed as a request, and a response never reaches another client.
 */
class UnreadBodyIT {

    /** A request that the proxies reject, so it can only reach the server inside a body. */
    private static final String SMUGGLED = "GET /internal HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 10.9.8.7\r\n\r\n";

    @TempDir
    private Path folder;

    private final AtomicInteger smuggled = new AtomicInteger();
    private WebServer server;

    @BeforeEach
    void start() {
        server = server(WebServer.builder());
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    private WebServer server(WebServerConfig.Builder builder) {
        return builder.host("127.0.0.1")
                .port(0)
                .shutdownHook(false)
                .routing(this::routes)
                .build()
                .start();
    }

    private void routes(HttpRouting.Builder routing) {
        SseRoute plain = Flosse.stream((request, sink) -> sink.yield("heard"));
        routing.any("/fine", plain)
                .any("/small", plain.maxBodySize(10))
                .any("/403", plain.permissions(request -> false))
                .any(
                        "/key",
                        plain.permissions(request -> request.header("X-Key").isPresent()))
                .any("/429", plain.throttles(Throttle.rate(1, Duration.ofHours(1), request -> "all")))
                .post("/other", (request, response) -> {
                    throw new HttpException("not now", Status.SERVICE_UNAVAILABLE_503);
                })
                .get(
                        "/hello",
                        (request, response) ->
                                response.send("hello " + request.query().get("to")))
                .get("/internal", this::internal);
    }

    /** Delays its response until the request of the next client is on the connection. */
    private void internal(ServerRequest request, ServerResponse response) throws InterruptedException {
        smuggled.incrementAndGet();
        Thread.sleep(Duration.ofMillis(300));
        response.send("internal");
    }

    /** Requests that are refused before their body is read. */
    private enum Attack {
        FORBIDDEN("POST /403", 403),
        THROTTLED("POST /429", 429),
        NOT_ACCEPTABLE("GET /fine", 406, "Accept: text/html"),
        FINISHED("GET /fine", 204, "Last-Event-ID: flosse:end"),
        RETRY("GET /429", 200, "Accept: text/event-stream"),
        TOO_LARGE("POST /small", 413),
        /** A route of the application that is not a stream. */
        OTHER("POST /other", 503);

        private final String request;
        private final int status;
        private final String header;

        Attack(String request, int status) {
            this(request, status, "X: x");
        }

        Attack(String request, int status, String header) {
            this.request = request;
            this.status = status;
            this.header = header;
        }

        private String head(String extraHeaders) {
            return request + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + SMUGGLED.length() + "\r\n" + header + "\r\n"
                    + extraHeaders + "\r\n";
        }
    }

    @Test
    @NeedsTools(Tool.NGINX)
    void bodyBehindNginxIsNeverAnsweredToAnotherClient() throws Exception {
        try (ReverseProxy nginx = ReverseProxy.nginx(folder, server.port())) {
            assertAnswersReachTheirClients(nginx);
        }
    }

    @Test
    @NeedsTools(Tool.HAPROXY)
    void bodyBehindHaproxyIsNeverAnsweredToAnotherClient() throws Exception {
        try (ReverseProxy haproxy = ReverseProxy.haproxy(folder, server.port())) {
            assertAnswersReachTheirClients(haproxy);
        }
    }

    private void assertAnswersReachTheirClients(ReverseProxy proxy) throws IOException {
        String close = "\r\nConnection: close\r\n\r\n";
        assertThat(exchange(proxy.port(), "GET /429 HTTP/1.1\r\nHost: h" + close))
                .startsWith("HTTP/1.1 200 ");
        assertThat(exchange(proxy.port(), SMUGGLED.strip() + close)).startsWith("HTTP/1.1 404 ");
        List<String> errors = new ArrayList<>();
        for (Attack attack : Attack.values()) {
            for (String expect : List.of("", "Expect: 100-continue\r\n")) {
                attack(proxy.port(), attack, expect, errors);
            }
        }
        assertThat(smuggled.get())
                .as("smuggled requests; wrong responses: %s", errors)
                .isZero();
        assertThat(errors).isEmpty();
    }

    private static void attack(int port, Attack attack, String expect, List<String> errors) throws IOException {
        try (Socket attacker = connect(port)) {
            write(attacker, attack.head(expect));
            String response = expect.isEmpty() ? "" : head(attacker);
            write(attacker, SMUGGLED);
            for (int victim = 0; victim < 3; victim++) {
                String name = attack + "-" + expect.length() + "-" + victim;
                String hello = hello(port, name);
                if (!hello.endsWith("hello " + name)) {
                    errors.add(name + " received: " + hello);
                }
            }
            if (!response.startsWith("HTTP/1.1 " + attack.status)) {
                response = head(attacker);
            }
            if (!response.startsWith("HTTP/1.1 " + attack.status + " ")) {
                errors.add(attack + " " + expect + " received: " + response);
            }
        }
    }

    private static String hello(int port, String to) throws IOException {
        return exchange(port, "GET /hello?to=" + to + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }

    @Test
    @NeedsTools(Tool.NGINX)
    void nginxDoesNotServeACachedRefusalToOtherClients() throws Exception {
        try (ReverseProxy nginx = ReverseProxy.nginx(folder, server.port())) {
            assertRefusalsAreNotStored(nginx);
        }
    }

    @Test
    @NeedsTools(Tool.VARNISHD)
    void varnishDoesNotServeACachedRefusalToOtherClients() throws Exception {
        try (ReverseProxy varnish = ReverseProxy.varnish(folder, server.port())) {
            assertRefusalsAreNotStored(varnish);
        }
    }

    private static void assertRefusalsAreNotStored(ReverseProxy cache) {
        assertNotStored(cache, "/fine?1", "Last-Event-ID: flosse:end", 204);
        assertNotStored(cache, "/fine?2", "Accept: text/html", 406);
        assertNotStored(cache, "/key", "X: x", 403);
    }

    /** Asserts that a refusal is not stored: the request of the next client reaches the server. */
    private static void assertNotStored(ReverseProxy cache, String path, String header, int status) {
        URI uri = URI.create("http://127.0.0.1:" + cache.port() + path);
        try (SseClient refused = SseClient.connect(uri, header)) {
            assertThat(refused.status()).isEqualTo(status);
        }
        try (SseClient next = SseClient.connect(uri, "X-Key: k")) {
            assertThat(next.status()).isEqualTo(200);
            assertThat(next.next().toString()).contains("heard");
        }
    }

    /** Also routes that are not streams: the server parses nothing after their response. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /tickets",
                "POST /revoke?user=ann",
                "POST /jobs",
                "DELETE /jobs/none",
                "POST /channels/news!",
                "POST /sse/complete",
                "GET /sse/secure",
                "GET /streams",
                "GET /",
                "POST /none"
            })
    void examplesNeverParseABodyAsARequest(String request) throws Exception {
        String body = "GET /features HTTP/1.1\r\nHost: h\r\n\r\n";
        String next = "GET /source/none HTTP/1.1\r\nHost: h\r\n\r\n";
        try (ExamplesServer examples = ExamplesServer.start()) {
            for (String expect : List.of("", "Expect: 100-continue\r\n")) {
                try (Socket client = connect(examples.port())) {
                    String head = request + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length() + "\r\n";
                    write(client, head + expect + "\r\n");
                    String response = expect.isEmpty() ? "" : head(client);
                    write(client, body + next);
                    response += readToEnd(client, "There is no such file");
                    assertThat(response)
                            .contains("HTTP/1.1 ", "Connection: close")
                            .doesNotContain("\"channels\":true");
                }
            }
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static String exchange(int port, String request) throws IOException {
        try (Socket client = connect(port)) {
            write(client, request);
            return readToEnd(client);
        }
    }

    private static void write(Socket client, String text) throws IOException {
        try {
            client.getOutputStream().write(text.getBytes(US_ASCII));
        } catch (SocketException e) {
            // The server may have closed the connection.
        }
    }

    /** Reads to the end of the response head, or until the connection closes or times out. */
    private static String head(Socket client) throws IOException {
        try {
            return readToEnd(client, "\r\n\r\n");
        } catch (SocketTimeoutException e) {
            return "no response before the timeout";
        }
    }

    private static String readToEnd(Socket client) throws IOException {
        return readToEnd(client, "\0");
    }

    /** Reads until the data ends with a text, or until the connection closes. */
    private static String readToEnd(Socket client, String end) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        InputStream in = client.getInputStream();
        try {
            while (!read.toString(UTF_8).endsWith(end)) {
                int b = in.read();
                if (b < 0) {
                    break;
                }
                read.write(b);
            }
        } catch (SocketException e) {
            // A reset also ends the connection.
        }
        return read.toString(UTF_8);
    }
}
