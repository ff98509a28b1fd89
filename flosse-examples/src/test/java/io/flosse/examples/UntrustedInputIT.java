package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples are as safe as the library, because applications copy them. Nothing here may be logged. */
class UntrustedInputIT {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final Handler log = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            logged.add(entry.getLoggerName() + ": " + entry.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is buffered.
        }

        @Override
        public void close() {
            // Nothing to release.
        }
    };

    private ExamplesServer server;

    @BeforeEach
    void start() throws Exception {
        server = ExamplesServer.start(Map.of("flosse.body-timeout", "PT0.3S"));
        Logger.getLogger("").addHandler(log);
    }

    @AfterEach
    void stop() throws Exception {
        Logger.getLogger("").removeHandler(log);
        server.close();
        assertThat(logged).isEmpty();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(path)).method(method, BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static String basic(String user) {
        byte[] credentials = (user + ":" + user).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(credentials);
    }

    @Test
    void jsonThatTheParserRefusesIs400() throws Exception {
        String deep = "[".repeat(2_000) + "]".repeat(2_000);
        String veryDeep = "[".repeat(30_000) + "]".repeat(30_000);
        String longNumber = "9".repeat(20_000) + ".5";
        for (String body : List.of(deep, veryDeep, longNumber, "{\"a\":" + deep + "}", "[", "")) {
            HttpResponse<String> response =
                    send("POST", "/channels/attacked", body, "Content-Type", "application/json");
            assertThat(response.statusCode())
                    .as(body.substring(0, Math.min(20, body.length())))
                    .isEqualTo(400);
            assertThat(response.body()).isEqualTo("The body is not valid JSON, or is too deeply nested");
        }
    }

    @Test
    void slowlySentEventLosesItsConnection() throws Exception {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            client.setSoTimeout(20_000);
            client.getOutputStream()
                    .write("POST /channels/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(readToEnd(client)).isEmpty();
        }
    }

    private static String readToEnd(Socket client) throws IOException {
        try {
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (SocketException e) { // no timeout, which would mean that the connection goes on
            return ""; // a reset ends the connection too
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.000000001S", "PT0.009999999S", "-PT1S"})
    void heartbeatBelowTheMinimumIs400(String interval) throws Exception {
        HttpResponse<String> response = send("GET", "/sse/idle?heartbeat=" + interval, "");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith("heartbeat must be ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2147483647", "1000000001", "-1", "-2147483648", "99999999999999999999"})
    void lastEventIdOutOfRangeIs400(String id) throws Exception {
        HttpResponse<String> response = send("GET", "/sse/resume?every=PT1H", "", "Last-Event-ID", id);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith("Last-Event-ID must be ");
    }

    @Test
    void onlyAnAdministratorSeesNamesAndAddresses() throws Exception {
        try (SseClient ann = SseClient.connect(server.uri("/sse/me?stay=true"), "Authorization: " + basic("ann"))) {
            ann.next();
            String all =
                    send("GET", "/streams", "", "Authorization", basic("root")).body();
            assertThat(all).contains("\"route\":\"/sse/me\"", "\"who\":\"ann\"", "\"from\":\"127.0.0.1\"");
            List<String> others = new ArrayList<>();
            others.add(send("GET", "/streams", "").body());
            others.add(
                    send("GET", "/streams", "", "Authorization", basic("ann")).body());
            assertThat(others)
                    .allSatisfy(seen ->
                            assertThat(seen).contains("\"route\":\"/sse/me\"").doesNotContain("ann", "127.0.0.1"));
        }
    }

    @Test
    void pagesOfOtherSitesChangeNothing() throws Exception {
        String own = "http://127.0.0.1:" + server.port();
        List<String[]> foreign = List.of(
                new String[] {"Sec-Fetch-Site", "cross-site"},
                new String[] {"Sec-Fetch-Site", "same-site"},
                new String[] {"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"},
                new String[] {"Sec-Fetch-Site", "cross-site", "Origin", own},
                new String[] {"Origin", "https://evil.example"},
                new String[] {"Origin", own + ".evil.example"},
                new String[] {"Origin", "null"});
        try (SseClient ann = SseClient.connect(server.uri("/sse/me?stay=true"), "Authorization: " + basic("ann"))) {
            ann.next();
            for (String[] headers : foreign) {
                String[] asAnn = Stream.concat(Arrays.stream(headers), Stream.of("Authorization", basic("ann")))
                        .toArray(String[]::new);
                for (String target : List.of(
                        "POST /revoke?user=ann",
                        "POST /tickets",
                        "POST /jobs",
                        "DELETE /jobs/none",
                        "POST /channels/x",
                        "POST /sse/complete")) {
                    String[] words = target.split(" ");
                    assertThat(send(words[0], words[1], "", asAnn).statusCode())
                            .as("%s with %s", target, List.of(headers))
                            .isEqualTo(403);
                }
            }
            assertThat(send("GET", "/streams", "").body()).contains("/sse/me");
            for (String[] headers :
                    List.of(new String[] {"Sec-Fetch-Site", "same-origin"}, new String[] {"Origin", own})) {
                assertThat(send("POST", "/tickets", "", headers[0], headers[1], "Authorization", basic("ann"))
                                .statusCode())
                        .as("%s", List.of(headers))
                        .isEqualTo(200);
            }
            assertThat(send("POST", "/revoke?user=ann", "", "Authorization", basic("ann"))
                            .body())
                    .isEqualTo("{\"ended\":1}");
        }
    }

    @Test
    void pagesOfOtherSitesOpenNoStreamWithTheUsersLogin() throws Exception {
        for (String path : List.of("/sse/me", "/sse/admin")) {
            assertThat(send("GET", path, "", "Sec-Fetch-Site", "cross-site", "Authorization", basic("root"))
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void runningJobsAreBounded() throws Exception {
        String id = "";
        for (int n = 0; n < 100; n++) {
            HttpResponse<String> started = send("POST", "/jobs?words=10000", "");
            assertThat(started.statusCode()).isEqualTo(202);
            id = started.body().replaceAll(".*:\"(.*)\".*", "$1");
        }
        assertThat(send("POST", "/jobs?words=10000", "").statusCode()).isEqualTo(503);
        assertThat(send("DELETE", "/jobs/" + id, "").statusCode()).isEqualTo(204);
        Deadline.await(
                () -> send("POST", "/jobs?words=10000", "").statusCode() == 202, "the place of the cancelled job");
    }
}
