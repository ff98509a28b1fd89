package io.flosse.redis.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

/** A real redis-server, the one that the embedded-redis jar brings, on a port of its own. */
public final class TestRedis implements AutoCloseable {

    private static final AtomicInteger FAMILIES = new AtomicInteger();

    private final int port;
    private final boolean tls;
    private final List<String> settings;
    private RedisServer server;

    private TestRedis(int port, boolean tls, List<String> settings) {
        this.port = port;
        this.tls = tls;
        this.settings = settings;
        start();
    }

    /** A server with settings as they stand in its configuration file. */
    public static TestRedis started(String... settings) {
        return new TestRedis(freePort(), false, List.of(settings));
    }

    /** A server that speaks TLS alone. */
    public static TestRedis secured(String... settings) {
        return new TestRedis(freePort(), true, List.of(settings));
    }

    /** A server that finds again what it had before a restart. */
    public static TestRedis persistent(Path directory) {
        return started("dir " + directory, "appendonly yes", "appendfsync always");
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void start() {
        try {
            // It wants a port for plain text, even where only the other is used.
            RedisServerBuilder builder = RedisServer.newRedisServer()
                    .port(tls ? freePort() : port)
                    .bind("127.0.0.1")
                    .setting("save \"\"");
            if (tls) {
                builder.setting("tls-port " + port);
            }
            settings.forEach(builder::setting);
            server = builder.build();
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void stop() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /** A prefix that nobody else uses. */
    public static String prefix() {
        return "test" + FAMILIES.incrementAndGet() + ":";
    }

    public Jedis client() {
        return new Jedis("127.0.0.1", port);
    }

    @Override
    public void close() {
        stop();
    }
}
