package io.flosse.examples;

import io.flosse.tools.Command;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A real proxy or cache before a server, which keeps its connections to the server for all its clients. It passes no path on
 * that begins with {@code /internal}.
 */
final class ReverseProxy implements AutoCloseable {

    private final int port;
    private final Process process;

    private ReverseProxy(int port, Process process) {
        this.port = port;
        this.process = process;
    }

    /** nginx with a cache that stores every answer unless the answer forbids it. */
    static ReverseProxy nginx(Path folder, int upstream) throws IOException {
        int port = freePort();
        Path configuration = Files.writeString(folder.resolve("nginx.conf"), nginx(folder, port, upstream));
        return start(
                Command.of(
                        Tool.NGINX,
                        "-p",
                        folder.toString(),
                        "-c",
                        configuration.toString(),
                        "-e",
                        folder + "/error.log"),
                folder,
                port);
    }

    /** haproxy that lends a connection to any client. */
    static ReverseProxy haproxy(Path folder, int upstream) throws IOException {
        int port = freePort();
        Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), haproxy(port, upstream));
        return start(Command.of(Tool.HAPROXY, "-db", "-f", configuration.toString()), folder, port);
    }

    /** haproxy with a configuration that binds {@code :80} and names the server {@code 127.0.0.1:8080}. */
    static ReverseProxy haproxy(Path folder, int upstream, String configuration) throws IOException {
        int port = freePort();
        Path file = Files.writeString(
                folder.resolve("haproxy.cfg"),
                configuration
                        .replace("bind :80", "bind 127.0.0.1:" + port)
                        .replace("127.0.0.1:8080", "127.0.0.1:" + upstream));
        return start(Command.of(Tool.HAPROXY, "-db", "-f", file.toString()), folder, port);
    }

    /** Varnish as it comes: it stores the statuses that may be stored, 204 among them. */
    static ReverseProxy varnish(Path folder, int upstream) throws IOException {
        int port = freePort();
        Path configuration = Files.writeString(folder.resolve("varnish.vcl"), varnish(upstream));
        return start(
                Command.of(
                        Tool.VARNISHD,
                        "-F",
                        "-j",
                        "none",
                        "-n",
                        folder + "/varnish",
                        "-s",
                        "malloc,16M",
                        "-a",
                        "127.0.0.1:" + port,
                        "-f",
                        configuration.toString()),
                folder,
                port);
    }

    private static ReverseProxy start(Command command, Path folder, int port) throws IOException {
        Path output = folder.resolve("proxy.out");
        ReverseProxy proxy = new ReverseProxy(
                port, command.process().redirectOutput(output.toFile()).start());
        try {
            Deadline.await(proxy::listens, command + " to listen");
            return proxy;
        } catch (AssertionError e) {
            proxy.close();
            throw new AssertionError("It printed: " + Files.readString(output), e);
        }
    }

    private static String nginx(Path folder, int port, int upstream) {
        return """
                daemon off;
                user root; # which may read the folder of a test; nginx ignores it where nobody else could
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
                    proxy_cache_path %1$s/cache keys_zone=cache:1m;
                    upstream server { server 127.0.0.1:%3$d; keepalive 16; }
                    server {
                        listen 127.0.0.1:%2$d;
                        location / {
                            proxy_pass http://server;
                            proxy_http_version 1.1;
                            proxy_set_header Connection "";
                            proxy_request_buffering off;
                            proxy_cache cache;
                            proxy_cache_valid any 1h;
                        }
                        location /internal { return 404; }
                    }
                }
                """.formatted(folder, port, upstream);
    }

    private static String haproxy(int port, int upstream) {
        return """
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 30s
                    timeout server 30s
                    option forwardfor
                    http-reuse always
                frontend clients
                    bind 127.0.0.1:%d
                    http-request deny deny_status 404 if { path_beg /internal }
                    default_backend servers
                backend servers
                    server one 127.0.0.1:%d
                """.formatted(port, upstream);
    }

    private static String varnish(int upstream) {
        return """
                vcl 4.1;
                backend server { .host = "127.0.0.1"; .port = "%d"; }
                sub vcl_recv { if (req.url ~ "^/internal") { return (synth(404)); } }
                """.formatted(upstream);
    }

    int port() {
        return port;
    }

    private boolean listens() {
        if (!process.isAlive()) {
            throw new AssertionError("The proxy ended with " + process.exitValue());
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
