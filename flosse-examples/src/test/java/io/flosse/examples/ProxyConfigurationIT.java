package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.testing.SseClient;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the proxy configurations of docs/deployment.md keep from the server. */
class ProxyConfigurationIT {

    private static final String UPGRADE = "GET /web/app.js HTTP/1.1\r\nHost: h\r\n"
            + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";

    private static final String HALF_A_HEAD = "GET /web/app.js HTTP/1.1\r\nHost: h\r\nX-Slow: ";

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

    @TempDir
    private Path folder;

    private static String haproxyBlock() {
        return Document.page("docs/deployment.md").block("haproxy");
    }

    private static String nginxBlock() {
        return Document.page("docs/deployment.md").block("nginx");
    }

    /** Returns a block without some of its lines, to show what they are good for. */
    private static String without(String block, String... lines) {
        assertThat(block.lines().map(String::strip)).contains(lines);
        return block.lines()
                .filter(line -> !List.of(lines).contains(line.strip()))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private ReverseProxy haproxy(ExamplesServer server, String configuration) throws IOException {
        return ReverseProxy.haproxy(folder, server.port(), configuration);
    }

    private ReverseProxy nginx(ExamplesServer server, String location) throws IOException {
        return ReverseProxy.nginx(folder, server.port(), location);
    }

    private static ExamplesServer serverBehindAProxy() throws IOException {
        return ExamplesServer.start(Map.of("server.features.flosse.trusted-hops", "1"));
    }

    /** A client that spoke HTTP/2 with the server would bypass the rules of the proxy. */
    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyDoesNotPassUpgradesToHttp2() throws Exception {
        String[] lines = {"http-request del-header Upgrade", "http-request del-header HTTP2-Settings"};
        try (ExamplesServer server = ExamplesServer.start()) {
            assertThat(statusLine(server.port(), UPGRADE)).startsWith("HTTP/1.1 101 ");
            try (ReverseProxy careless = haproxy(server, without(haproxyBlock(), lines))) {
                assertThat(statusLine(careless.port(), UPGRADE)).startsWith("HTTP/1.1 101 ");
            }
            try (ReverseProxy proxy = haproxy(server, haproxyBlock())) {
                assertThat(statusLine(proxy.port(), UPGRADE)).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    /** nginx drops the headers by itself; the lines keep them dropped beside those that WebSocket needs. */
    @Test
    @NeedsTools(Tool.NGINX)
    void nginxDoesNotPassUpgradesToHttp2() throws Exception {
        String location = nginxBlock().replace("location /sse/ {", "location / {");
        assertThat(location)
                .contains("location / {", "proxy_set_header Upgrade \"\";", "proxy_set_header HTTP2-Settings \"\";");
        String forWebSocket = location.replace("Connection \"\"", "Connection $http_connection")
                .replace("Upgrade \"\"", "Upgrade $http_upgrade")
                .replace("HTTP2-Settings \"\"", "HTTP2-Settings $http_http2_settings");
        try (ExamplesServer server = ExamplesServer.start()) {
            assertThat(statusLine(server.port(), UPGRADE)).startsWith("HTTP/1.1 101 ");
            try (ReverseProxy careless = nginx(server, forWebSocket)) {
                assertThat(statusLine(careless.port(), UPGRADE)).startsWith("HTTP/1.1 101 ");
            }
            try (ReverseProxy proxy = nginx(server, location)) {
                assertThat(statusLine(proxy.port(), UPGRADE)).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    @NeedsTools(Tool.NGINX)
    void nginxReplacesForgedAddresses() throws Exception {
        String careless = without(nginxBlock(), "proxy_set_header X-Forwarded-For $remote_addr;");
        try (ExamplesServer server = serverBehindAProxy()) {
            try (ReverseProxy proxy = nginx(server, careless)) {
                assertThat(addressSeen(server, proxy, "X-Forwarded-For: " + FORGED))
                        .isEqualTo(FORGED);
            }
            try (ReverseProxy proxy = nginx(server, nginxBlock())) {
                assertForgedAddressesAreReplaced(server, proxy);
            }
        }
    }

    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyReplacesForgedAddresses() throws Exception {
        String careless = without(haproxyBlock(), "http-request set-header X-Forwarded-For %[src]");
        try (ExamplesServer server = serverBehindAProxy()) {
            try (ReverseProxy proxy = haproxy(server, careless)) {
                assertThat(addressSeen(server, proxy, "X-Forwarded-For: " + FORGED))
                        .isEqualTo(FORGED);
            }
            try (ReverseProxy proxy = haproxy(server, haproxyBlock())) {
                assertForgedAddressesAreReplaced(server, proxy);
            }
        }
    }

    /** Whatever a client claims, the application sees its real address, and so do the throttles. */
    private static void assertForgedAddressesAreReplaced(ExamplesServer server, ReverseProxy proxy) throws IOException {
        for (String header : FORGED_HEADERS) {
            assertThat(addressSeen(server, proxy, header)).as(header).isEqualTo(CLIENT);
        }
        try (Socket first = open(proxy, "/sse/limited", "X-Forwarded-For: 203.0.113.1");
                Socket second = open(proxy, "/sse/limited", "X-Forwarded-For: 203.0.113.2");
                Socket third = open(proxy, "/sse/limited", "X-Forwarded-For: 203.0.113.3")) {
            assertThat(line(first)).startsWith("HTTP/1.1 200 ");
            assertThat(line(second)).startsWith("HTTP/1.1 200 ");
            assertThat(line(third)).startsWith("HTTP/1.1 429 ");
        }
    }

    /**
     * Opens a stream through a proxy, and returns the address of its client that the application sees. Heartbeats let the
     * proxy notice that the client has left.
     */
    private static String addressSeen(ExamplesServer server, ReverseProxy proxy, String header) throws IOException {
        String address;
        try (Socket stream = open(proxy, "/sse/idle?heartbeat=PT0.1S", header)) {
            assertThat(line(stream)).as(header).startsWith("HTTP/1.1 200 ");
            String streams = streams(server);
            Matcher from = Pattern.compile("\"from\":\"([^\"]*)\"").matcher(streams);
            assertThat(from.find()).as(streams).isTrue();
            address = from.group(1);
        }
        Deadline.await(() -> streams(server).equals("[]"), "the server to end the stream");
        return address;
    }

    private static String streams(ExamplesServer server) {
        String administrator = Base64.getEncoder().encodeToString("root:root".getBytes(StandardCharsets.US_ASCII));
        try (SseClient client =
                SseClient.connect(server.uri("/streams"), "Accept: */*", "Authorization: Basic " + administrator)) {
            return client.body();
        }
    }

    /** Requests a stream from the address of the client. */
    private static Socket open(ReverseProxy proxy, String path, String header) throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port(), InetAddress.getByName(CLIENT), 0);
        send(client, "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n");
        return client;
    }

    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyEndsConnectionsWithoutACompleteHead() throws Exception {
        assertThat(haproxyBlock()).contains("timeout http-request 10s");
        String soon = haproxyBlock().replace("http-request 10s", "http-request 300ms");
        try (ExamplesServer server = ExamplesServer.start();
                ReverseProxy proxy = haproxy(server, soon)) {
            assertThat(statusLine(proxy.port(), HALF_A_HEAD)).startsWith("HTTP/1.1 408 ");
        }
    }

    private static String statusLine(int port, String request) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            send(client, request);
            return line(client);
        }
    }

    private static void send(Socket client, String request) throws IOException {
        client.setSoTimeout(20_000);
        client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    private static String line(Socket client) throws IOException {
        StringBuilder line = new StringBuilder();
        InputStream in = client.getInputStream();
        for (int b = in.read(); b >= 0 && b != '\r'; b = in.read()) {
            line.append((char) b);
        }
        return line.toString();
    }
}
