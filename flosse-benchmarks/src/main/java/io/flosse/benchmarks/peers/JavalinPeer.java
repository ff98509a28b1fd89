package io.flosse.benchmarks.peers;

import io.javalin.Javalin;
import io.javalin.http.sse.SseClient;
import java.util.List;

/** Javalin on virtual threads. TCP_NODELAY is the default of its Jetty. */
final class JavalinPeer implements Peer {

    @Override
    public int start() {
        return Javalin.create(config -> {
                    config.concurrency.useVirtualThreads = true;
                    config.startup.showJavalinBanner = false;
                    for (String path : List.of("/burst", "/ticker", "/idle", "/broadcast", "/one")) {
                        config.routes.sse(path, client -> stream(client, path));
                    }
                    config.routes.get("/publish", request -> {
                        Hub.publish(
                                Integer.parseInt(request.queryParam("n")), Long.parseLong(request.queryParam("every")));
                        request.result("ok");
                    });
                })
                .start("127.0.0.1", 0)
                .port();
    }

    private static void stream(SseClient client, String path) {
        String n = client.ctx().queryParam("n");
        try {
            BlockingStreams.run(path, n == null ? 0 : Integer.parseInt(n), data -> {
                if (client.terminated()) {
                    throw new IllegalStateException("The client has disconnected");
                }
                client.sendData(data);
            });
        } catch (Exception e) {
            client.close();
        }
    }
}
