package io.flosse.examples.proxies;

import io.flosse.Yield;
import io.flosse.auth.Authenticator;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.throttle.Throttle;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server behind a proxy, with the streams that {@link Check} needs. */
final class ProxiedServer implements AutoCloseable {

    /** Interval of heartbeats of the streams that {@link #awaitEnd} measures. */
    static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /** Event that ends {@code /sse/events}. */
    static final String LAST = "last";

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> addresses = new LinkedBlockingQueue<>();
    private final BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
    private final AtomicInteger secrets = new AtomicInteger();
    private final WebServer server;

    private ProxiedServer(int port) {
        server = WebServer.builder()
                .host("127.0.0.1")
                .port(port)
                .shutdownHook(false)
                .update(Flosse::tune)
                .addFeature(FlosseFeature.builder()
                        .trustedHops(1)
                        .reconnectSpread(Duration.ZERO)
                        .build())
                .routing(this::routes)
                .build()
                .start();
    }

    /** Starts a server on a port; 0 is any free one. */
    static ProxiedServer start(int port) {
        return new ProxiedServer(port);
    }

    private void routes(HttpRouting.Builder routing) {
        SseRoute idle = Flosse.stream((request, sink) -> {
            sink.yield("open");
            untilEnd(() -> sink.sleep(Duration.ofDays(1)));
        });
        SseRoute plain = Flosse.stream((request, sink) -> sink.yield("plain"));
        routing.get(
                        "/sse/events",
                        Flosse.stream((request, sink) -> untilEnd(() -> forward(sink)))
                                .heartbeat(HEARTBEAT))
                .any(
                        "/sse/idle",
                        (request, response) ->
                                idle.heartbeat(heartbeat(request)).handle(request, response))
                .get("/sse/address", Flosse.stream((request, sink) -> {
                    addresses.add(request.remoteAddress());
                    sink.yield("address");
                }))
                .get("/sse/limited", plain.throttles(Throttle.rate(1, Duration.ofHours(1), Throttle.perAddress())))
                .get("/sse/private", plain.authenticators(NOBODY).permissions(new IsAuthenticated()))
                .any("/sse/forbidden", plain.permissions(request -> false))
                .get("/sse/secret", (request, response) -> {
                    secrets.incrementAndGet();
                    response.send("secret");
                })
                .get("/sse/version", ProxiedServer::version);
    }

    private static final Authenticator NOBODY =
            ((Authenticator) request -> Optional.empty()).withChallenge("Basic realm=\"flosse\"");

    private static Duration heartbeat(ServerRequest request) {
        return Duration.parse(request.query().first("heartbeat").orElse(HEARTBEAT.toString()));
    }

    private static void version(ServerRequest request, ServerResponse response) {
        response.send("HTTP/" + request.prologue().protocolVersion());
    }

    @FunctionalInterface
    private interface Loop {
        void run() throws InterruptedException;
    }

    /** Runs a loop and notes when it ends. */
    private void untilEnd(Loop loop) throws InterruptedException {
        try {
            loop.run();
        } finally {
            ends.add(System.nanoTime());
        }
    }

    private void forward(Yield sink) throws InterruptedException {
        for (String event = ""; !event.equals(LAST); ) {
            event = events.take();
            sink.yield(event);
        }
    }

    /** Has the stream {@code /sse/events} send an event. */
    void send(String event) {
        events.add(event);
    }

    /** Returns when the next generator ended, in the time of {@link System#nanoTime}. */
    long awaitEnd() throws InterruptedException {
        return await(ends, "a generator to end");
    }

    /** Returns the client's address that the next stream {@code /sse/address} has seen. */
    String awaitAddress() throws InterruptedException {
        return await(addresses, "a stream to open");
    }

    private static <T> T await(BlockingQueue<T> queue, String what) throws InterruptedException {
        T next = queue.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("Timed out after 20 s waiting for " + what);
        }
        return next;
    }

    /** Returns how often {@code /sse/secret} was requested. */
    int secrets() {
        return secrets.get();
    }

    int port() {
        return server.port();
    }

    void drain() {
        FlosseFeature.of(server).drain(Duration.ofSeconds(5));
    }

    @Override
    public void close() {
        server.stop();
    }
}
