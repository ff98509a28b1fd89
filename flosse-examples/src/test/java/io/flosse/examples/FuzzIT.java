package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.testing.SseClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Requests that are none, byte by byte, against every address of the examples server. {@code -Dfuzz.seed=N} runs one again,
 * {@code -Dfuzz.time=PT1M} runs longer.
 */
class FuzzIT {

    private static final int THREADS = 4;
    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.1 (\\d{3})[ \r]");

    private static final List<String> REQUESTS = List.of(
            get("/"),
            get("/sse/progress?steps=3&delay=PT0.001S"),
            get("/sse/styles"),
            get("/sse/secure", "X-API-Key: secret"),
            get("/sse/me?stay=true&ticket=random.AAAA.BBBB", "Authorization: Basic YW5uOmFubg=="),
            get("/sse/admin", "Authorization: Basic cm9vdDpyb290"),
            get("/sse/ticks?every=PT0.001S"),
            get("/sse/burst?n=100"),
            get("/sse/idle?heartbeat=PT1S"),
            get("/sse/resume?from=1&to=5&every=PT0.001S", "Last-Event-ID: 3"),
            get("/sse/fail?after=2"),
            get("/sse/fail-first"),
            get("/sse/limited", "Accept: text/event-stream"),
            get("/streams"),
            get("/features"),
            post("/sse/complete", "{\"prompt\":\"a b\"}"),
            "POST /sse/complete HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"prompt\r\n7\r\n\":\"a b\"\r\n1\r\n}\r\n0\r\n\r\n",
            "POST /sse/complete HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n{\"a\":",
            "POST /tickets HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YW5uOmFubg==\r\nContent-Length: 0\r\n\r\n",
            "POST /revoke?user=ann HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YW5uOmFubg==\r\nContent-Length: 0\r\n\r\n");

    private static final List<String> PIECES = List.of(
            "\r\n",
            "\n",
            "\r",
            "\0",
            "%00",
            "%0d%0a",
            "%c0%af",
            "%zz",
            "..",
            "/",
            "?",
            "&",
            "=",
            ":",
            ";",
            ",",
            " ",
            "\t",
            "HTTP/1.0",
            "HTTP/2.0",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: -1\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Accept: ;;q=\r\n",
            "Accept: text/event-stream;q=0\r\n",
            "Last-Event-ID: flosse:end\r\n",
            "Cookie: =;=;a\r\n",
            "Expect: x\r\n",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
            "Content-Type: text/plain; charset=klingon\r\n",
            "Authorization: Basic \r\n",
            "Authorization: Basic !!!\r\n",
            "ffffffffffffffff\r\n",
            "-1\r\n",
            "99999999999",
            "P999999999999D",
            "PT-1S",
            "\u00c3\u00a4",
            "\u00ff\u00fe");

    private static String get(String path, String... headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n";
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void fuzzedRequestsGetNoServerErrorLeakNoStreamAndShowNoStackTrace() throws Exception {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        Duration time = Duration.parse(System.getProperty("fuzz.time", "PT12S"));
        System.out.println("fuzz.seed=" + seed);
        Map<Integer, Integer> statuses = new TreeMap<>();
        try (ExamplesServer server = ExamplesServer.start();
                var threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Map<Integer, Integer>>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed + i);
                running.add(threads.submit(() -> fuzz(server.port(), random, time)));
            }
            for (Future<Map<Integer, Integer>> one : running) {
                one.get().forEach((status, count) -> statuses.merge(status, count, Integer::sum));
            }
            System.out.println("Answers by status, 0 for a closed or silent connection: " + statuses);
            assertThat(statuses).containsKeys(200, 400, 401, 404);
            Deadline.await(() -> streams(server).equals("[]"), "the end of all streams");
            try (SseClient client = SseClient.connect(server.uri("/sse/styles"))) {
                assertThat(client.untilEnd()).isNotEmpty();
            }
        }
    }

    private static String streams(ExamplesServer server) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(server.uri("/streams")).build(), BodyHandlers.ofString())
                .body();
    }

    private static Map<Integer, Integer> fuzz(int port, Random random, Duration time) throws IOException {
        Map<Integer, Integer> statuses = new TreeMap<>();
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            byte[] request = request(random);
            String answer = exchange(port, request, random);
            Matcher status = STATUS.matcher(answer);
            int code = status.find() ? Integer.parseInt(status.group(1)) : 0;
            statuses.merge(code, 1, Integer::sum);
            if ((code >= 500 && !isHelidonsOwn(code, answer))
                    || answer.contains("\tat ")
                    || (code >= 400 && answer.contains("Exception"))) {
                throw new AssertionError("This request:\n" + printable(request) + "\nwas answered by:\n" + answer);
            }
        }
        return statuses;
    }

    /**
     * What Helidon itself answers by 500 before a request comes to any route: without a word to a method that is no token, and with
     * its security, in the words of 4.3 or of 4.5, to a path that does not begin with a slash. flosse's own answers name a reference.
     */
    private static boolean isHelidonsOwn(int code, String answer) {
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        if (code == 501) {
            return body.isEmpty(); // a transfer coding that it does not know (RFC 9112, section 6.1)
        }
        return code == 500
                && (body.isEmpty()
                        || body.startsWith("UriInfo cannot be used to create a URI")
                        || body.startsWith("Internal Server Error")); // an answer to what follows may follow
    }

    private static String printable(byte[] bytes) {
        var text = new StringBuilder();
        for (byte b : bytes) {
            text.append((b >= ' ' && b < 127) || b == '\n' ? String.valueOf((char) b) : String.format("\\x%02x", b));
        }
        return text.toString();
    }

    private static byte[] request(Random random) {
        var request = new StringBuilder(REQUESTS.get(random.nextInt(REQUESTS.size())));
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(request.length() + 1);
            int end = Math.min(request.length(), at + random.nextInt(8));
            switch (random.nextInt(8)) {
                case 0 -> request.delete(at, end);
                case 1 -> request.insert(at, (char) random.nextInt(256));
                case 2 -> request.insert(at, request.substring(at, end));
                case 3 -> request.insert(at, REQUESTS.get(random.nextInt(REQUESTS.size())));
                case 4 -> request.insert(at, "x".repeat(random.nextInt(20_000)));
                case 5 -> {
                    int line = request.indexOf("\r\n", at);
                    String piece = PIECES.get(random.nextInt(PIECES.size()));
                    request.insert(line < 0 ? at : line + 2, piece);
                }
                default -> request.insert(at, PIECES.get(random.nextInt(PIECES.size())));
            }
        }
        if (random.nextInt(20) == 0) {
            request.setLength(random.nextInt(request.length() + 1));
        }
        return request.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What comes within a moment; the connection is closed then, at random by FIN or RST. */
    private static String exchange(int port, byte[] request, Random random) throws IOException {
        var answer = new ByteArrayOutputStream();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60);
            if (random.nextInt(4) == 0) {
                socket.setSoLinger(true, 0);
            }
            try {
                socket.getOutputStream().write(request);
                InputStream in = socket.getInputStream();
                byte[] piece = new byte[4096];
                for (int read = 0; read >= 0 && answer.size() < 16_384; read = in.read(piece)) {
                    answer.write(piece, 0, read);
                }
            } catch (IOException closedOrSilent) {
                // What has come until then counts.
            }
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }
}
