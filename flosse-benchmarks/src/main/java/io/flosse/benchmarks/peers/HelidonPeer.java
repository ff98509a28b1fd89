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

/** What Helidon itself has: its sink, and the output stream of a response. */
record HelidonPeer(Way way) implements Peer {

    /** How events get into a response. */
    interface Way {
        void stream(ServerResponse response, String address, int n) throws Exception;
    }

    private static final List<String> ADDRESSES = List.of("/burst", "/json", "/ticker", "/idle", "/broadcast", "/one");

    @Override
    public int start() throws Exception {
        return start(false);
    }

    @Override
    public int start(boolean tls) throws Exception {
        return start(
                (routing, address) -> routing.get(
                        address,
                        (request, response) -> way.stream(
                                response,
                                address,
                                request.query().first("n").asInt().orElse(0))),
                tls);
    }

    /** A server with TCP_NODELAY and nothing else that is not the default. */
    static int start(BiConsumer<HttpRouting.Builder, String> route, boolean tls) throws Exception {
        var server = WebServer.builder();
        if (tls) {
            server.tls(Tls.builder().sslContext(Certificate.context()).build());
        }
        return server.host("127.0.0.1")
                .connectionOptions(options -> options.tcpNoDelay(true))
                .routing(routing -> {
                    ADDRESSES.forEach(address -> route.accept(routing, address));
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

    static void sseSink(ServerResponse response, String address, int n) throws Exception {
        try (SseSink sink = response.sink(SseSink.TYPE)) {
            Loops.run(address, n, new Loops.Emitter() {
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

    static void flushedEach(ServerResponse response, String address, int n) throws Exception {
        try (OutputStream out = open(response)) {
            Loops.run(address, n, data -> {
                out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            });
        }
    }

    /** The floor: no event has a write of its own, so this is no way to stream. */
    static void flushedEach16KiB(ServerResponse response, String address, int n) throws Exception {
        try (OutputStream out = new BufferedOutputStream(open(response), 16 * 1024)) {
            Loops.run(address, n, data -> out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static OutputStream open(ServerResponse response) {
        response.headers().set(HeaderNames.CONTENT_TYPE, "text/event-stream");
        return response.outputStream();
    }
}
