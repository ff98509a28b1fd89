package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.testing.SseClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Behind nginx with its buffering left on, as the README's chapter on deployment configures it. */
class NginxIT {

    @TempDir
    private Path folder;

    @Test
    void eventsPassOneByOne() throws Exception {
        String nginx = Tools.require("nginx");
        String curl = Tools.require("curl");
        try (ExamplesServer server = ExamplesServer.start()) {
            int port = freePort();
            Files.writeString(folder.resolve("nginx.conf"), configuration(port, server.port()));
            Process process = new ProcessBuilder(
                            nginx, "-p", folder.toString(), "-c", folder + "/nginx.conf", "-e", folder + "/error.log")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("nginx.out").toFile())
                    .start();
            try {
                Deadline.await(() -> listens(port), "nginx");
                String url = "http://127.0.0.1:" + port;
                Arrivals.assertOneByOne(List.of(curl), url);
                try (SseClient client = SseClient.connect(URI.create(url + "/sse/progress?steps=3&delay=PT0S"))) {
                    assertThat(client.untilEnd()).hasSize(5);
                    assertThat(client.endedCleanly()).isTrue();
                }
            } finally {
                process.destroy();
                process.waitFor();
            }
        }
    }

    private String configuration(int port, int upstream) {
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
                        location /sse/ {
                            proxy_pass http://127.0.0.1:%3$d;
                            proxy_http_version 1.1;
                            proxy_set_header Connection "";
                        }
                    }
                }
                """.formatted(folder, port, upstream);
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
