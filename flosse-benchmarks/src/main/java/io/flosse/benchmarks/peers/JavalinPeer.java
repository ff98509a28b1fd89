package io.flosse.benchmarks.peers;

import io.javalin.Javalin;
import io.javalin.http.sse.SseClient;
import java.util.List;

/** Javalin on virtual threads; Jetty sets TCP_NODELAY by itself. */
final class JavalinPeer implements Peer {

    @Override
    public int start() {
        return Javalin.create(config -> {
                    config.concurrency.useVirtualThreads = true;
                    config.startup.showJavalinBanner = false;
                    for (String address : List.of("/burst", "/ticker", "/idle", "/broadcast", "/one")) {
                        config.routes.sse(address, client -> stream(client, address));
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

    private static void stream(SseClient client, String address) {
        String n = client.ctx().queryParam("n");
        try {
            Loops.run(address, n == null ? 0 : Integer.parseInt(n), data -> {
                if (client.terminated()) {
                    throw new IllegalStateException("The client has gone");
                }
                client.sendData(data);
            });
        } catch (Exception ended) {
            client.close();
        }
    }
}
