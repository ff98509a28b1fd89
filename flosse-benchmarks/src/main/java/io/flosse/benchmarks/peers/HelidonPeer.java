package io.flosse.benchmarks.peers;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Helidon without flosse: its own {@link SseSink}, or the output stream of a response.
 *
 * @param streamer how events are written to a response
 */
record HelidonPeer(Streamer streamer) implements Peer {

    /** A method to write the events of a path to a response. */
    interface Streamer {
        void stream(ServerResponse response, String path, int n) throws Exception;
    }

    private static final List<String> PATHS = List.of("/burst", "/json", "/ticker", "/idle", "/broadcast", "/one");

    @Override
    public int start() throws Exception {
        return start(false);
    }

    @Override
    public int start(boolean tls) throws Exception {
        return start(
                (routing, path) -> routing.get(
                        path,
                        (request, response) -> streamer.stream(
                                response,
                                path,
                                request.query().first("n").asInt().orElse(0))),
                tls);
    }

    /** Starts a server with Helidon's defaults, apart from TCP_NODELAY and TLS, and returns its port. */
    static int start(BiConsumer<HttpRouting.Builder, String> addRoute, boolean tls) throws Exception {
        var server = WebServer.builder();
        if (tls) {
            server.tls(Tls.builder().sslContext(Certificate.createContext()).build());
        }
        return server.host("127.0.0.1")
                .connectionOptions(options -> options.tcpNoDelay(true))
                .routing(routing -> {
                    PATHS.forEach(path -> addRoute.accept(routing, path));
                    routing.get("/publish", (request, response) -> {
                        Hub.publish(
                                request.query().first("n").asInt().get(),
                                request.query().first("every").asLong().get());
                        response.send("ok");
                    });
                })
                .build()
                .start()
                .port();
    }

    static void sseSink(ServerResponse response, String path, int n) throws Exception {
        try (SseSink sink = response.sink(SseSink.TYPE)) {
            BlockingStreams.run(path, n, new BlockingStreams.Emitter() {
                @Override
                public void text(String data) {
                    sink.emit(SseEvent.create(data));
                }

                @Override
                public void json(Map<String, ?> data) {
                    sink.emit(SseEvent.builder()
                            .data(data)
                            .mediaType(MediaTypes.APPLICATION_JSON)
                            .build());
                }
            });
        }
    }

    static void outputStreamFlushedPerEvent(ServerResponse response, String path, int n) throws Exception {
        try (OutputStream out = open(response)) {
            BlockingStreams.run(path, n, data -> {
                out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            });
        }
    }

    /**
     * Writes 16 KiB at a time. Not usable for streaming, since it delays events; it shows the lower bound of the cost.
     */
    static void outputStreamFlushedPer16KiB(ServerResponse response, String path, int n) throws Exception {
        try (OutputStream out = new BufferedOutputStream(open(response), 16 * 1024)) {
            BlockingStreams.run(
                    path, n, data -> out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static OutputStream open(ServerResponse response) {
        response.headers().set(HeaderNames.CONTENT_TYPE, "text/event-stream");
        return response.outputStream();
    }
}
