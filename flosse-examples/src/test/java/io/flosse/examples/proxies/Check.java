package io.flosse.examples.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.examples.proxies.DocumentedProxy.Mode;
import io.flosse.tools.Command;
import io.flosse.tools.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** One row of the table of docs/deployment.md: a behaviour that a proxy must not break, and its measurement. */
enum Check {
    LONE_EVENT("delay of a lone event") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                try (StreamResponse stream = StreamResponse.get(port, "/sse/events", "Accept", "text/event-stream")) {
                    String delay = delay(server, stream.lines());
                    server.send(ProxiedServer.LAST);
                    assertThat(stream.body()).contains("event: end");
                    return delay;
                }
            });
        }
    },

    COMPRESSED("the same with the proxy's gzip on") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                try (StreamResponse stream = StreamResponse.get(port, "/sse/events", "Accept-Encoding", "gzip")) {
                    return delay(server, stream.lines()) + ", " + stream.encoding();
                }
            });
        }
    },

    IDLE("an idle stream, idle timeout of the proxy 1 s, heartbeat 0.3 s") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            try (ProxiedServer server = ProxiedServer.start(0);
                    StreamResponse warmUp = idle(server.port(), "PT0.3S");
                    ReverseProxy impatient = proxy.start(folder, server.port(), Mode.IMPATIENT)) {
                assertThat(warmUp.status()).isEqualTo(200);
                try (StreamResponse stream = idle(impatient.port(), "PT0.3S")) {
                    for (int heartbeats = 0; heartbeats < 8; ) {
                        String line = stream.lines().readLine();
                        assertThat(line)
                                .as("line after %s heartbeats", heartbeats)
                                .isNotNull();
                        heartbeats += line.equals(":") ? 1 : 0;
                    }
                }
                if (proxy == DocumentedProxy.CADDY) {
                    return "stays open (it has no such timeout)";
                }
                try (StreamResponse silent = idle(impatient.port(), "PT1H")) {
                    // Some proxies cut the body, others end it.
                    assertThatThrownBy(() -> {
                                silent.body();
                                throw new IOException("The body has ended");
                            })
                            .isInstanceOf(IOException.class);
                }
                return "stays open";
            }
        }
    },

    LEAVING("a client's leaving ends the generator") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                Socket client = open(port, "GET /sse/idle HTTP/1.1\r\nHost: h\r\n\r\n");
                readUntil(client, "data: open\n\n\r\n");
                return timeOfLeaving(server, client::close);
            });
        }
    },

    STATUSES("204, 401, 429 and a temporary refusal") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                try (StreamResponse finished = StreamResponse.get(port, "/sse/events", "Last-Event-ID", "flosse:end");
                        StreamResponse anonymous = StreamResponse.get(port, "/sse/private", "Accept", "*/*");
                        StreamResponse first = StreamResponse.get(port, "/sse/limited", "Accept", "*/*");
                        StreamResponse second = StreamResponse.get(port, "/sse/limited", "Accept", "*/*");
                        StreamResponse eventSource =
                                StreamResponse.get(port, "/sse/limited", "Accept", "text/event-stream")) {
                    assertThat(finished.status()).isEqualTo(204);
                    assertThat(finished.header("Cache-Control")).isEqualTo("no-store");
                    assertThat(anonymous.status()).isEqualTo(401);
                    assertThat(anonymous.header("WWW-Authenticate")).isEqualTo("Basic realm=\"flosse\"");
                    assertThat(first.status()).isEqualTo(200);
                    assertThat(second.status()).isEqualTo(429);
                    assertThat(second.header("Retry-After")).matches("\\d+");
                    assertThat(eventSource.status()).isEqualTo(200);
                    assertThat(eventSource.body()).startsWith("retry: ").doesNotContain("data: plain");
                }
                return "unchanged";
            });
        }
    },

    DRAIN("a drain of the server") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                try (StreamResponse stream = idle(port, "PT1H")) {
                    awaitOpen(stream);
                    server.drain();
                    assertThat(stream.body().strip()).matches("retry: \\d+");
                }
                return "`retry:` and a complete body";
            });
        }
    },

    DRAIN_POST("the same, for a stream opened by POST") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                try (StreamResponse stream = StreamResponse.post(port, "/sse/idle?heartbeat=PT1H", "")) {
                    awaitOpen(stream);
                    server.drain();
                    return isCut(stream) ? "an incomplete body" : "a complete body";
                }
            });
        }
    },

    ADDRESS("`X-Forwarded-For`") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            if (!addressLine(proxy).isEmpty()) {
                try (ProxiedServer server = ProxiedServer.start(0);
                        ReverseProxy careless =
                                proxy.start(folder, server.port(), proxy.blockWithout(addressLine(proxy)))) {
                    assertThat(addressSeen(server, careless.port(), "X-Forwarded-For: " + FORGED))
                            .isEqualTo(FORGED);
                }
            }
            return behind(proxy, folder, (server, port) -> {
                for (String header : FORGED_HEADERS) {
                    if (proxy == DocumentedProxy.VARNISH && header.startsWith("Connection: ")) {
                        assertThat(statusLine(port, forged("/sse/address", header)))
                                .startsWith("HTTP/1.1 400 ");
                        continue;
                    }
                    assertThat(addressSeen(server, port, header)).as(header).isEqualTo(CLIENT);
                }
                String[] statuses = {"200", "429"};
                for (int i = 0; i < statuses.length; i++) {
                    try (Socket client = open(port, forged("/sse/limited", "X-Forwarded-For: 203.0.113." + i))) {
                        assertThat(line(client)).startsWith("HTTP/1.1 " + statuses[i]);
                    }
                }
                return "the client's; forged ones are replaced";
            });
        }

        private String addressLine(DocumentedProxy proxy) {
            return switch (proxy) {
                case NGINX -> "proxy_set_header X-Forwarded-For $remote_addr;";
                case HAPROXY -> "http-request set-header X-Forwarded-For %[src]";
                case APACHE -> "RequestHeader set X-Forwarded-For expr=%{REMOTE_ADDR}";
                case VARNISH, CADDY -> ""; // they append or replace the address by themselves
            };
        }
    },

    UPGRADE("`Upgrade: h2c`") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            String careless = careless(proxy);
            return behind(proxy, folder, (server, port) -> {
                assertThat(statusLine(server.port(), UPGRADE_REQUEST)).startsWith("HTTP/1.1 101 ");
                if (!careless.isEmpty()) {
                    try (ReverseProxy other = proxy.start(folder, server.port(), careless)) {
                        // Caddy passes the upgrade, but not the server's answer.
                        assertThat(statusLine(other.port(), UPGRADE_REQUEST))
                                .startsWith(proxy == DocumentedProxy.CADDY ? "HTTP/1.1 500 " : "HTTP/1.1 101 ");
                    }
                }
                assertThat(statusLine(port, UPGRADE_REQUEST)).startsWith("HTTP/1.1 200 ");
                return "dropped";
            });
        }

        // Returns a configuration that passes the upgrade, or an empty string where the proxy drops it by itself.
        private String careless(DocumentedProxy proxy) {
            return switch (proxy) {
                case NGINX ->
                    proxy.block()
                            .replace("Connection \"\"", "Connection $http_connection")
                            .replace("Upgrade \"\"", "Upgrade $http_upgrade")
                            .replace("HTTP2-Settings \"\"", "HTTP2-Settings $http_http2_settings");
                case HAPROXY ->
                    proxy.blockWithout("http-request del-header Upgrade", "http-request del-header HTTP2-Settings");
                case CADDY -> proxy.blockWithout("header_up -Upgrade", "header_up -HTTP2-Settings");
                case APACHE, VARNISH -> "";
            };
        }
    },

    BODY("a refused POST with a request in its body") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            return behind(proxy, folder, (server, port) -> {
                for (int i = 0; i < 5; i++) {
                    try (StreamResponse refused = StreamResponse.post(port, "/sse/forbidden", SMUGGLED);
                            StreamResponse other = StreamResponse.get(port, "/sse/version", "Accept", "*/*")) {
                        assertThat(refused.status()).isEqualTo(403);
                        assertThat(other.body()).startsWith("HTTP/");
                    }
                }
                assertThat(server.secrets()).isZero();
                assertThat(statusLine(port, SMUGGLED)).startsWith("HTTP/1.1 200 ");
                assertThat(server.secrets()).isEqualTo(1);
                return "nothing smuggled";
            });
        }
    },

    UPSTREAM("protocol to the server") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            if (proxy == DocumentedProxy.NGINX) {
                try (ProxiedServer server = ProxiedServer.start(0);
                        ReverseProxy old =
                                proxy.start(folder, server.port(), proxy.blockWithout("proxy_http_version 1.1;"));
                        StreamResponse answer = StreamResponse.get(old.port(), "/sse/version", "Accept", "*/*")) {
                    assertThat(answer.status()).as("on HTTP/1.0").isEqualTo(502);
                }
            }
            return behind(proxy, folder, (server, port) -> {
                try (StreamResponse stream = StreamResponse.get(port, "/sse/version", "Accept", "*/*")) {
                    return stream.body().strip();
                }
            });
        }
    },

    HTTP2("HTTP/2 from the client: a lone event; leaving") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            try (ProxiedServer server = ProxiedServer.start(0);
                    ReverseProxy http2 = proxy.start(folder, server.port(), Mode.HTTP2)) {
                String url = "http://127.0.0.1:" + http2.port() + "/sse/events";
                Process curl = Command.of(Tool.CURL, "-sN", "--http2-prior-knowledge", "--max-time", "60", url)
                        .process()
                        .start();
                try (BufferedReader lines = curl.inputReader(StandardCharsets.UTF_8)) {
                    String delay = delay(server, lines);
                    return delay + "; " + timeOfLeaving(server, curl::destroy);
                } finally {
                    curl.destroy();
                    curl.waitFor();
                }
            }
        }
    },

    RESTART("the server is down, an EventSource asks") {
        @Override
        String measure(DocumentedProxy proxy, Path folder) throws Exception {
            ProxiedServer server = ProxiedServer.start(0);
            int upstream = server.port();
            try (ReverseProxy running = proxy.start(folder, upstream, Mode.PLAIN)) {
                assertServes(running.port());
                server.close();
                String answer;
                try (StreamResponse eventSource =
                                StreamResponse.get(running.port(), "/sse/version", "Accept", "text/event-stream");
                        StreamResponse other = StreamResponse.get(running.port(), "/sse/version", "Accept", "*/*");
                        StreamResponse post = StreamResponse.post(running.port(), "/sse/version", "x")) {
                    assertThat(eventSource.status()).isEqualTo(200);
                    assertThat(eventSource.header("Content-Type")).isEqualTo("text/event-stream");
                    assertThat(eventSource.header("Cache-Control")).isEqualTo("no-store");
                    answer = eventSource.body();
                    assertThat(other.status()).isBetween(502, 504);
                    assertThat(post.status()).isBetween(502, 504);
                }
                server = ProxiedServer.start(upstream);
                assertServes(running.port());
                return "200, `" + answer.strip() + "`";
            } finally {
                server.close();
            }
        }

        private void assertServes(int port) {
            Deadline.await(
                    () -> {
                        try (StreamResponse stream = StreamResponse.get(port, "/sse/version", "Accept", "*/*")) {
                            return stream.status() == 200;
                        }
                    },
                    "the server to answer through the proxy");
        }
    };

    /** Where the client connects from, which is not the address of the proxy. */
    private static final String CLIENT = "127.0.0.2";

    private static final String FORGED = "203.0.113.7";

    private static final List<String> FORGED_HEADERS = List.of(
            "X-Forwarded-For: " + FORGED,
            "x-forwarded-for: " + FORGED + ", 127.0.0.1",
            "X-Forwarded-For: " + FORGED + "\r\nX-Forwarded-For: 203.0.113.8",
            "Connection: X-Forwarded-For\r\nX-Forwarded-For: " + FORGED,
            "X-Forwarded-For: unknown",
            "X-Forwarded-For:",
            "Accept: */*");

    private static final String UPGRADE_REQUEST = "GET /sse/version HTTP/1.1\r\nHost: h\r\n"
            + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";

    private static final String SMUGGLED = "GET /sse/secret HTTP/1.1\r\nHost: h\r\n\r\n";

    private static final int EVENTS = 9;

    private final String title;

    Check(String title) {
        this.title = title;
    }

    /** Asserts what must hold, and returns the cell of the table. */
    abstract String measure(DocumentedProxy proxy, Path folder) throws Exception;

    /** Returns the first cell of the row. */
    String title() {
        return title;
    }

    @FunctionalInterface
    private interface Measurement {
        String take(ProxiedServer server, int port) throws Exception;
    }

    private static String behind(DocumentedProxy proxy, Path folder, Measurement measurement) throws Exception {
        try (ProxiedServer server = ProxiedServer.start(0);
                ReverseProxy running = proxy.start(folder, server.port(), Mode.PLAIN)) {
            return measurement.take(server, running.port());
        }
    }

    private static StreamResponse idle(int port, String heartbeat) throws IOException, InterruptedException {
        return StreamResponse.get(port, "/sse/idle?heartbeat=" + heartbeat, "Accept", "text/event-stream");
    }

    /** Reads the rest of a body, and returns whether it was cut off. */
    private static boolean isCut(StreamResponse stream) {
        try {
            stream.body();
            return false;
        } catch (IOException cut) {
            return true;
        }
    }

    /** Skips the first frames of an idle stream. */
    private static void awaitOpen(StreamResponse stream) throws IOException {
        String line = "";
        while (!line.equals("data: open")) {
            line = stream.lines().readLine();
            assertThat(line).as("a line before 'data: open'").isNotNull();
        }
    }

    /**
     * Returns the class of the delay between the sending and the arrival of an event. Each event is sent only after the one
     * before has arrived. The median of a few is taken, because this machine may be busy.
     */
    private static String delay(ProxiedServer server, BufferedReader lines) throws IOException {
        long[] nanos = new long[EVENTS];
        for (int i = 0; i < EVENTS; i++) {
            String event = "event " + i;
            long sent = System.nanoTime();
            server.send(event);
            String line = "";
            while (!line.equals("data: " + event)) {
                line = lines.readLine();
                assertThat(line).as("a line before 'data: %s'", event).isNotNull();
            }
            nanos[i] = System.nanoTime() - sent;
        }
        Arrays.sort(nanos);
        long millis = nanos[EVENTS / 2] / 1_000_000;
        return millis < 50 ? "< 50 ms" : millis < 500 ? "< 500 ms" : "> 500 ms";
    }

    @FunctionalInterface
    private interface Departure {
        void leave() throws IOException;
    }

    /**
     * Returns how many heartbeats after a client has left the generator ends. A proxy that notices it only by writing
     * needs two or three of them, depending on when the client leaves.
     */
    private static String timeOfLeaving(ProxiedServer server, Departure client) throws Exception {
        long left = System.nanoTime();
        client.leave();
        long heartbeats = Math.round((double) (server.awaitEnd() - left) / ProxiedServer.HEARTBEAT.toNanos());
        if (heartbeats == 0) {
            return "at once";
        }
        return heartbeats <= 3 ? "within 3 heartbeats" : "at heartbeat " + heartbeats;
    }

    private static String addressSeen(ProxiedServer server, int port, String header) throws Exception {
        try (Socket client = open(port, forged("/sse/address", header))) {
            assertThat(line(client)).as(header).startsWith("HTTP/1.1 200 ");
            return server.awaitAddress();
        }
    }

    private static String forged(String path, String header) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n";
    }

    static String statusLine(int port, String request) throws IOException {
        try (Socket client = open(port, request)) {
            return line(client);
        }
    }

    /** Sends a request from the address of the client. */
    private static Socket open(int port, String request) throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(CLIENT), 0);
        client.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
        client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    private static String line(Socket client) throws IOException {
        return readUntil(client, "\r\n").strip();
    }

    private static String readUntil(Socket client, String end) throws IOException {
        StringBuilder read = new StringBuilder();
        InputStream in = client.getInputStream();
        while (read.indexOf(end) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("The connection closed after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }
}
