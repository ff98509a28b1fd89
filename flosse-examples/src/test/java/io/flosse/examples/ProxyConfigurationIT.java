package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the proxy configurations of docs/deployment.md keep from the server. */
class ProxyConfigurationIT {

    private static final String UPGRADE = "GET /web/app.js HTTP/1.1\r\nHost: h\r\n"
            + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";

    private static final String HALF_A_HEAD = "GET /web/app.js HTTP/1.1\r\nHost: h\r\nX-Slow: ";

    @TempDir
    private Path folder;

    private static ReverseProxy haproxy(Path folder, ExamplesServer server) throws IOException {
        String configuration = Document.page("docs/deployment.md").block("haproxy");
        assertThat(configuration).contains("timeout http-request 10s");
        return ReverseProxy.haproxy(
                folder, server.port(), configuration.replace("http-request 10s", "http-request 300ms"));
    }

    /** A client that spoke HTTP/2 with the server would bypass the rules of the proxy. */
    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyDoesNotPassUpgradesToHttp2() throws Exception {
        try (ExamplesServer server = ExamplesServer.start();
                ReverseProxy proxy = haproxy(folder, server)) {
            assertThat(statusLine(server.port(), UPGRADE)).startsWith("HTTP/1.1 101 ");
            assertThat(statusLine(proxy.port(), UPGRADE)).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    @NeedsTools(Tool.NGINX)
    void nginxDoesNotPassUpgradesToHttp2() throws Exception {
        String location = Document.page("docs/deployment.md").block("nginx");
        assertThat(location).contains("location /sse/ {");
        try (ExamplesServer server = ExamplesServer.start();
                ReverseProxy proxy =
                        ReverseProxy.nginx(folder, server.port(), location.replace("location /sse/", "location /"))) {
            assertThat(statusLine(proxy.port(), UPGRADE)).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    @NeedsTools(Tool.HAPROXY)
    void haproxyEndsConnectionsWithoutACompleteHead() throws Exception {
        try (ExamplesServer server = ExamplesServer.start();
                ReverseProxy proxy = haproxy(folder, server)) {
            assertThat(statusLine(proxy.port(), HALF_A_HEAD)).startsWith("HTTP/1.1 408 ");
        }
    }

    private static String statusLine(int port, String request) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout(20_000);
            client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder line = new StringBuilder();
            InputStream in = client.getInputStream();
            for (int b = in.read(); b >= 0 && b != '\r'; b = in.read()) {
                line.append((char) b);
            }
            return line.toString();
        }
    }
}
