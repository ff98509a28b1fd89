package io.flosse.benchmarks.peers;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.function.Consumer;

/** Vert.x with one verticle per processor. */
final class VertxPeer implements Peer {

    @Override
    public int start() throws Exception {
        int port = freePort();
        int processors = Runtime.getRuntime().availableProcessors();
        Vertx.vertx()
                .deployVerticle(() -> new ServerVerticle(port), new DeploymentOptions().setInstances(processors))
                .await();
        return port;
    }

    /**
     * Returns a free port. Vert.x distributes connections over the verticles of one port, but not if that port is 0.
     */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static final class ServerVerticle extends VerticleBase {
        private final int port;

        ServerVerticle(int port) {
            this.port = port;
        }

        @Override
        public Future<?> start() {
            return vertx.createHttpServer(
                            new HttpServerOptions().setTcpNoDelay(true).setAcceptBacklog(4096))
                    .requestHandler(request -> handle(vertx, request))
                    .listen(port, "127.0.0.1");
        }
    }

    private static void handle(Vertx vertx, HttpServerRequest request) {
        HttpServerResponse response = request.response();
        int n = request.getParam("n") == null ? 0 : Integer.parseInt(request.getParam("n"));
        String path = String.valueOf(request.path());
        if (path.equals("/publish")) {
            Hub.publish(n, Long.parseLong(request.getParam("every")));
            response.end("ok");
            return;
        }
        response.setChunked(true).putHeader("Content-Type", "text/event-stream");
        switch (path) {
            case "/burst" -> burst(response, 0, n);
            case "/ticker" -> {
                writeEvent(response, EventData.now());
                long timer = vertx.setPeriodic(n, id -> writeEvent(response, EventData.now()));
                response.closeHandler(closed -> vertx.cancelTimer(timer));
            }
            case "/idle" -> writeEvent(response, "~");
            case "/broadcast" -> broadcast(vertx, response);
            case "/one" -> {
                writeEvent(response, "~");
                response.end();
            }
            default -> response.setStatusCode(404).end();
        }
    }

    /** Writes the events from index {@code start} as fast as the connection drains. */
    private static void burst(HttpServerResponse response, int start, int n) {
        for (int i = start; i < n; i++) {
            writeEvent(response, EventData.burst(i));
            if (response.writeQueueFull()) {
                int next = i + 1;
                response.drainHandler(drained -> burst(response, next, n));
                return;
            }
        }
        response.end();
    }

    private static void broadcast(Vertx vertx, HttpServerResponse response) {
        Context context = vertx.getOrCreateContext();
        Consumer<String> subscriber = text -> context.runOnContext(ignored -> writeEvent(response, text));
        Hub.subscribe(subscriber);
        response.closeHandler(closed -> Hub.unsubscribe(subscriber));
        writeEvent(response, "~");
    }

    private static void writeEvent(HttpServerResponse response, String data) {
        response.write("data: " + data + "\n\n");
    }
}
