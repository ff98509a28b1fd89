package io.flosse.helidon;

import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.NotFoundException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A server that refuses streams in every way there is, and counts the requests that it should never see. */
final class RefusingServer implements AutoCloseable {

    private final WebServer server;
    private final Wire wire;
    private final AtomicInteger smuggled = new AtomicInteger();
    private final Set<Integer> peers = ConcurrentHashMap.newKeySet();
    private final CountDownLatch filtered = new CountDownLatch(1);

    private RefusingServer(Wire wire, boolean feature, Consumer<WebServerConfig.Builder> settings) {
        this.wire = wire;
        WebServerConfig.Builder builder = WebServer.builder()
                .address(InetAddress.getLoopbackAddress())
                .port(0)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .routing(this::routes);
        if (feature) {
            builder.addFeature(FlosseFeature.builder().build());
        }
        if (wire == Wire.TLS) {
            builder.tls(Wire.tls());
        }
        settings.accept(builder);
        server = builder.build().start();
    }

    static RefusingServer start(Wire wire, boolean feature) {
        return start(wire, feature, server -> {});
    }

    static RefusingServer start(Wire wire, boolean feature, Consumer<WebServerConfig.Builder> settings) {
        return new RefusingServer(wire, feature, settings);
    }

    private void routes(HttpRouting.Builder routing) {
        SseRoute fine = Flosse.stream((request, sink) -> sink.yield("heard"));
        routing.addFilter((chain, request, response) -> {
                    peers.add(request.remotePeer().port());
                    if (request.path().path().equals("/other/filtered")) {
                        throw new HttpException("not by this filter", Status.FORBIDDEN_403);
                    }
                    chain.proceed();
                    filtered.countDown();
                })
                .any("/smuggled", (request, response) -> {
                    smuggled.incrementAndGet();
                    response.send("smuggled");
                })
                .any("/fine", fine)
                .any("/small", fine.maxBodySize(10))
                .any("/403", fine.permissions(request -> false))
                .any(
                        "/401",
                        fine.permissions(new IsAuthenticated())
                                .authenticators(Flosse.helidonSecurity().withChallenge("Basic realm=\"flosse\"")))
                .any("/429", fine.throttles(Throttle.openings(1, Duration.ofHours(1), request -> "all")))
                .any(
                        "/429/status",
                        fine.permissions(refusing(new HttpException("later", Status.TOO_MANY_REQUESTS_429, true))))
                .any("/503", fine.permissions(refusing(new HttpException("not now", Status.SERVICE_UNAVAILABLE_503))))
                .any("/500", fine.permissions(refusing(new IllegalStateException("on purpose"))))
                .any("/500/error", fine.permissions(request -> {
                    throw new AssertionError("on purpose");
                }))
                .any("/404", fine.permissions(refusing(new NotFoundException("hidden"))))
                .any("/own-status", fine.permissions(refusing(new TeapotException())))
                .any(
                        "/request-exception",
                        fine.permissions(refusing(RequestException.builder()
                                .type(DirectHandler.EventType.FORBIDDEN)
                                .message("no")
                                .build())))
                .any("/handled", fine.permissions(refusing(new HandledException())))
                .any("/handled-status", fine.permissions(refusing(new HandledStatusException())))
                .any("/rethrown", fine.permissions(refusing(new RethrownException())))
                .any("/cleared", fine.permissions(refusing(new ClearedException())))
                .any("/streamed", fine.permissions(refusing(new StreamedException())))
                .error(
                        HandledException.class,
                        (request, response, e) ->
                                response.status(Status.CONFLICT_409).send("handled"))
                .error(
                        HandledStatusException.class,
                        (request, response, e) ->
                                response.status(Status.GONE_410).send("handled"))
                .error(RethrownException.class, (request, response, e) -> {
                    throw new NotFoundException("hidden");
                })
                .error(ClearedException.class, (request, response, e) -> {
                    response.headers().clear();
                    response.status(Status.CONFLICT_409).send("handled");
                })
                .error(StreamedException.class, (request, response, e) -> {
                    response.status(Status.CONFLICT_409);
                    try (OutputStream out = response.outputStream()) {
                        out.write("handled".getBytes(StandardCharsets.UTF_8));
                    } catch (IOException impossible) {
                        throw new AssertionError(impossible);
                    }
                });
        other(routing);
    }

    /** Routes that are not flosse's. */
    private static void other(HttpRouting.Builder routing) {
        routing.post("/other/answers", (request, response) -> response.send("without reading"))
                .post(
                        "/other/closes",
                        (request, response) ->
                                response.header(HeaderNames.CONNECTION, "Close").send("without reading"))
                .post("/other/throws", (request, response) -> {
                    throw new HttpException("not now", Status.SERVICE_UNAVAILABLE_503);
                })
                .post(
                        "/other/reads",
                        (request, response) -> response.send(request.content().as(String.class)));
    }

    private static Permission refusing(RuntimeException e) {
        return request -> {
            throw e;
        };
    }

    int port() {
        return server.port();
    }

    RawConnection connect() {
        return RawConnection.open(wire, port(), 0);
    }

    /** How many requests came that were no requests but bodies. */
    int smuggled() {
        return smuggled.get();
    }

    /** The ports of the clients' connections. */
    Set<Integer> peers() {
        return peers;
    }

    /** Waits until a request has come back through the application's filter without an exception. */
    void awaitFiltered() {
        Deadlines.await(() -> filtered.getCount() == 0, "the filter");
    }

    @Override
    public void close() {
        server.stop();
    }

    /** A status of the application's own that keeps the connection, and that no error handler knows. */
    private static final class TeapotException extends HttpException {

        private static final long serialVersionUID = 1L;

        private TeapotException() {
            super("short and stout", Status.create(418), true);
        }
    }

    private static final class HandledStatusException extends HttpException {

        private static final long serialVersionUID = 1L;

        private HandledStatusException() {
            super("on purpose", Status.GONE_410, true);
        }
    }

    private static final class HandledException extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    private static final class RethrownException extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    private static final class ClearedException extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    private static final class StreamedException extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }
}
