package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Deadline;
import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.examples.fixture.TickLatency;
import io.flosse.testing.SseClient;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams behind nginx with the configuration of docs/deployment.md, which keeps buffering on. */
@NeedsTools(Tool.NGINX)
class NginxIT {

    @TempDir
    private Path folder;

    @Test
    @NeedsTools(Tool.CURL)
    void eventsAreNotBuffered() throws Exception {
        behindNginx((server, url, http2) -> {
            TickLatency.assertTicksAreNotBuffered(Command.of(Tool.CURL), url);
            TickLatency.assertTicksAreNotBuffered(Command.of(Tool.CURL, "--http2-prior-knowledge"), http2);
            try (SseClient client = SseClient.connect(URI.create(url + "/sse/progress?steps=3&delay=PT0S"))) {
                assertThat(client.untilEnd()).hasSize(5);
                assertThat(client.endedCleanly()).isTrue();
            }
        });
    }

    /** The proxy has a read timeout of one second, so it would cut the stream without heartbeats. */
    @Test
    void heartbeatsKeepAnIdleStreamOpenAndADisconnectIsDetectedImmediately() throws Exception {
        behindNginx((server, url, http2) -> {
            try (SseClient client = SseClient.connect(URI.create(url + "/sse/idle?heartbeat=PT0.3S"))) {
                assertThat(client.next().event()).contains("open");
                Deadline.await(() -> heartbeats(client) >= 6, "six heartbeats, which take about two seconds");
                assertThat(openStreams(server)).contains("/sse/idle");
            }
            Deadline.await(() -> openStreams(server).equals("[]"), "the server to end the stream");
        });
    }

    /**
     * When a client resets an HTTP/2 stream, nginx closes its HTTP/1.1 connection to the server, which flosse detects.
     */
    @Test
    @NeedsTools(Tool.CURL)
    void resetOfAnHttp2StreamIsDetectedImmediately() throws Exception {
        behindNginx((server, url, http2) -> {
            Process client = Command.of(Tool.CURL, "-sN", "--http2-prior-knowledge", http2 + "/sse/idle?heartbeat=PT1H")
                    .process()
                    .start();
            try {
                assertThat(client.inputReader().readLine()).isNotNull();
                assertThat(openStreams(server)).contains("/sse/idle");
            } finally {
                client.destroy();
            }
            Deadline.await(() -> openStreams(server).equals("[]"), "the server to end the stream");
        });
    }

    @Test
    void withoutProxyHttpVersionTheProxyRespondsWith502() throws Exception {
        behindNginx((server, url, http2) -> {
            try (SseClient client = SseClient.connect(URI.create(url + "/plain/sse/styles"))) {
                assertThat(client.status()).isEqualTo(502);
            }
        });
    }

    private static int heartbeats(SseClient client) {
        return client.comments().size() - 1; // the first comment opens the stream
    }

    private static String openStreams(ExamplesServer server) {
        try (SseClient streams = SseClient.connect(server.uri("/streams"), "Accept: */*")) {
            return streams.body();
        }
    }

    /** Body of a test. Its arguments are the server and the two URLs of the proxy, for HTTP/1.1 and for HTTP/2. */
    @FunctionalInterface
    private interface ProxyTest {
        void run(ExamplesServer server, String url, String http2) throws Exception;
    }

    private void behindNginx(ProxyTest test) throws Exception {
        try (ExamplesServer server = ExamplesServer.start()) {
            int port = freePort();
            int http2 = freePort();
            Files.writeString(folder.resolve("nginx.conf"), configuration(port, http2, server.port()));
            Process process = Command.of(
                            Tool.NGINX,
                            "-p",
                            folder.toString(),
                            "-c",
                            folder + "/nginx.conf",
                            "-e",
                            folder + "/error.log")
                    .process()
                    .redirectOutput(folder.resolve("nginx.out").toFile())
                    .start();
            try {
                Deadline.await(() -> listens(port), "nginx to listen on port " + port);
                test.run(server, "http://127.0.0.1:" + port, "http://127.0.0.1:" + http2);
            } finally {
                process.destroy();
                process.waitFor();
            }
        }
    }

    /** Returns a configuration that contains the location of docs/deployment.md. */
    private String configuration(int port, int http2, int upstream) {
        String location = Document.page("docs/deployment.md").block("nginx");
        assertThat(location).contains("http://127.0.0.1:8080;");
        return """
                daemon off;
                worker_processes 1;
                pid %1$s/nginx.pid;
                events {}
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen 127.0.0.1:%2$d;
                        listen 127.0.0.1:%3$d http2;
                        proxy_read_timeout 1s;
                        location /plain/ {
                            proxy_pass http://127.0.0.1:%4$d/;
                        }
                        %5$s
                    }
                }
                """.formatted(folder, port, http2, upstream, location.replace(":8080", ":" + upstream));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
