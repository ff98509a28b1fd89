package io.flosse.helidon;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server on a free port whose ended streams can be waited for. */
final class LifeServer implements AutoCloseable {

    /** How long anything may take that is expected to come: no test fails for being slow. */
    static final long PATIENCE_SECONDS = 20;

    private final Wire wire;
    private final WebServer server;
    private final BlockingQueue<StreamInfo> ended = new LinkedBlockingQueue<>();

    private LifeServer(Setup setup) {
        wire = setup.wire;
        WebServerConfig.Builder builder = WebServer.builder()
                .address(InetAddress.getLoopbackAddress())
                .port(0)
                .shutdownHook(false)
                .idleConnectionTimeout(Duration.ofDays(1))
                .connectionOptions(options -> options.tcpNoDelay(true))
                .addFeature(setup.feature.listener(ended::add).build())
                .routing(setup.routing);
        if (wire == Wire.TLS) {
            builder.tls(Wire.tls());
        }
        setup.settings.accept(builder);
        server = builder.build().start();
    }

    static Setup on(Wire wire) {
        return new Setup(wire);
    }

    /** What a server is made of. */
    static final class Setup {

        private final Wire wire;
        private final FlosseFeature.Builder feature = FlosseFeature.builder();
        private final HttpRouting.Builder routing = HttpRouting.builder();
        private Consumer<WebServerConfig.Builder> settings = server -> {};

        private Setup(Wire wire) {
            this.wire = wire;
        }

        Setup feature(Consumer<FlosseFeature.Builder> options) {
            options.accept(feature);
            return this;
        }

        Setup get(String path, SseRoute route) {
            routing.get(path, route);
            return this;
        }

        Setup routing(Consumer<HttpRouting.Builder> more) {
            more.accept(routing);
            return this;
        }

        Setup settings(Consumer<WebServerConfig.Builder> more) {
            settings = settings.andThen(more);
            return this;
        }

        LifeServer start() {
            return new LifeServer(this);
        }
    }

    WebServer server() {
        return server;
    }

    int port() {
        return server.port();
    }

    FlosseFeature feature() {
        return FlosseFeature.of(server);
    }

    RawConnection connect() {
        return RawConnection.open(wire, port(), 0);
    }

    /** A client that opens a stream, and has read its status. */
    RawConnection get(String path, String... headers) {
        return connect().get(path, headers).awaitText("\r\n\r\n");
    }

    /** The next stream to end. */
    StreamInfo awaitEnded() {
        try {
            StreamInfo next = ended.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("No stream ended within " + PATIENCE_SECONDS + " s; open are "
                        + feature().streams());
            }
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    EndCause awaitCause() {
        return awaitEnded().cause().orElseThrow();
    }

    @Override
    public void close() {
        server.stop();
    }
}
