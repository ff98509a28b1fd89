package io.flosse.examples.proxies;

import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ReverseProxy;
import io.flosse.tools.Command;
import io.flosse.tools.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A proxy with the configuration that docs/deployment.md prints. Only ports, paths and timeouts are replaced, and the proxy's
 * compression of {@code text/event-stream} is on.
 */
public enum DocumentedProxy {
    NGINX("nginx") {
        @Override
        Command command(Path folder, int port, String block, Mode mode) throws IOException {
            String server = """
                    daemon off;
                    user root; # may read the directory of the test; nginx ignores it if not started by root
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
                        gzip on;
                        gzip_types text/event-stream;
                        gzip_min_length 0;
                        proxy_read_timeout %2$s;
                        server {
                            listen 127.0.0.1:%3$d%4$s;
                            %5$s
                        }
                    }
                    """.formatted(
                    folder, mode == Mode.IMPATIENT ? "1s" : "60s", port, mode == Mode.HTTP2 ? " http2" : "", block);
            Path file = Files.writeString(folder.resolve("nginx.conf"), server);
            return Command.of(Tool.NGINX, "-p", folder.toString(), "-c", file.toString(), "-e", folder + "/error.log");
        }
    },

    HAPROXY("haproxy") {
        @Override
        Command command(Path folder, int port, String block, Mode mode) throws IOException {
            String bind = "bind 127.0.0.1:" + port + (mode == Mode.HTTP2 ? " proto h2" : "")
                    + "\n    compression algo gzip\n    compression type text/event-stream";
            String all = replace(block, "bind :80", bind);
            Path file = Files.writeString(
                    folder.resolve("haproxy.cfg"), mode == Mode.IMPATIENT ? replace(all, " 30s", " 1s") : all);
            return Command.of(Tool.HAPROXY, "-db", "-f", file.toString());
        }
    },

    APACHE("apache") {
        @Override
        Command command(Path folder, int port, String block, Mode mode) throws IOException {
            writeRetryFile(folder);
            String modules = List.of(
                            "mpm_event",
                            "authz_core",
                            "proxy",
                            "proxy_http",
                            "headers",
                            "alias",
                            "asis",
                            "filter",
                            "deflate",
                            "http2",
                            "reqtimeout")
                    .stream()
                    .map(name -> "LoadModule " + name + "_module /usr/lib/apache2/modules/mod_" + name + ".so\n")
                    .collect(Collectors.joining());
            Path file = Files.writeString(
                    folder.resolve("apache.conf"),
                    modules
                            + """
                    ServerRoot %1$s
                    ServerName localhost
                    DefaultRuntimeDir %1$s
                    PidFile %1$s/apache.pid
                    ErrorLog %1$s/error.log
                    User www-data
                    Group www-data
                    Listen 127.0.0.1:%2$d
                    Protocols %3$s
                    AddOutputFilterByType DEFLATE text/event-stream
                    ProxyTimeout %4$d
                    %5$s
                    """.formatted(
                                            folder,
                                            port,
                                            mode == Mode.HTTP2 ? "h2c" : "http/1.1",
                                            mode == Mode.IMPATIENT ? 1 : 60,
                                            replace(block, RETRY_FILE, folder + "/retry.asis")));
            return Command.of(Tool.APACHE2, "-DFOREGROUND", "-f", file.toString());
        }
    },

    VARNISH("vcl") {
        @Override
        Command command(Path folder, int port, String block, Mode mode) throws IOException {
            Path file = Files.writeString(
                    folder.resolve("varnish.vcl"),
                    block + "\nsub vcl_backend_response { set beresp.do_gzip = true; }\n");
            Command command = Command.of(
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
                    file.toString());
            return switch (mode) {
                case PLAIN -> command;
                case HTTP2 -> command.with("-p", "feature=+http2");
                case IMPATIENT -> command.with("-p", "between_bytes_timeout=1");
            };
        }
    },

    CADDY("caddyfile") {
        @Override
        Command command(Path folder, int port, String block, Mode mode) throws IOException {
            String site =
                    replace(block, "example.com {", "http://:" + port + " {\n    bind 127.0.0.1\n    encode gzip");
            Path file = Files.writeString(
                    folder.resolve("Caddyfile"), """
                    {
                        admin off
                        servers {
                            protocols h1 %s
                        }
                    }
                    %s
                    """.formatted(mode == Mode.HTTP2 ? "h2c" : "", site));
            return Command.ofShell("HOME='" + folder + "' XDG_DATA_HOME= XDG_CONFIG_HOME= exec \"$@\"")
                    .before(Command.of(Tool.CADDY, "run", "--adapter", "caddyfile", "--config", file.toString()));
        }
    };

    /** How a proxy differs from its documented configuration. */
    enum Mode {
        PLAIN,
        /** Its clients speak HTTP/2 without TLS. */
        HTTP2,
        /** It ends a silent connection after a second. Caddy has no such timeout. */
        IMPATIENT
    }

    private static final String PAGE = "docs/deployment.md";
    private static final String UPSTREAM = "127.0.0.1:8080";
    private static final String RETRY_FILE = "/etc/apache2/retry.asis";

    private final String language;

    DocumentedProxy(String language) {
        this.language = language;
    }

    /** Writes the files of the proxy and returns the command that starts it. */
    abstract Command command(Path folder, int port, String block, Mode mode) throws IOException;

    /** Returns the name in the table of docs/deployment.md. */
    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the configuration as printed. */
    public String block() {
        return Document.page(PAGE).block(language);
    }

    /** Returns the configuration without some of its lines, to show what they are good for. */
    String blockWithout(String... lines) {
        List<String> unwanted = Arrays.asList(lines);
        String rest = block().lines()
                .filter(line -> !unwanted.contains(line.strip()))
                .collect(Collectors.joining("\n", "", "\n"));
        if (block().lines().count() - rest.lines().count() != lines.length) {
            throw new AssertionError(
                    "The configuration of " + this + " does not have each of these lines: " + unwanted);
        }
        return rest;
    }

    /** Starts the proxy with its documented configuration in front of a port. */
    ReverseProxy start(Path folder, int upstream, Mode mode) throws IOException {
        return start(folder, upstream, block(), mode);
    }

    /** Starts the proxy with another configuration, which forwards to {@code 127.0.0.1:8080}. */
    public ReverseProxy start(Path folder, int upstream, String block) throws IOException {
        return start(folder, upstream, block, Mode.PLAIN);
    }

    private ReverseProxy start(Path parent, int upstream, String block, Mode mode) throws IOException {
        Path folder = Files.createTempDirectory(parent, title());
        // The worker processes of Apache run as another user, which reads the file of the reconnection time.
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        int port = ReverseProxy.freePort();
        String own = this == VARNISH
                ? replace(block, ".port = \"8080\"", ".port = \"" + upstream + "\"")
                : replace(block, UPSTREAM, "127.0.0.1:" + upstream);
        return ReverseProxy.start(command(folder, port, own, mode), folder, port);
    }

    /** Writes the file of Apache's block with the command that docs/deployment.md prints. */
    private static void writeRetryFile(Path folder) throws IOException {
        String script = Document.page(PAGE).blocks("sh").stream()
                .map(Document.Block::text)
                .filter(text -> text.contains(RETRY_FILE))
                .findFirst()
                .orElseThrow(() -> new AssertionError(PAGE + " does not print how to write " + RETRY_FILE));
        try {
            Command.ofShell(script.replace(RETRY_FILE, folder + "/retry.asis")).run();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String replace(String text, String from, String to) {
        if (!text.contains(from)) {
            throw new AssertionError("The configuration does not contain '" + from + "':\n" + text);
        }
        return text.replace(from, to);
    }
}
