package io.flosse.examples;

import io.flosse.helidon.FlosseFeature;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.function.Consumer;

/** A server on a port of its own, and requests to it with the JDK's client. */
public final class TestServer implements AutoCloseable {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final WebServer server;

    private TestServer(WebServer server) {
        this.server = server;
    }

    public static TestServer start(Consumer<HttpRouting.Builder> routing) {
        return start(FlosseFeature.builder(), routing);
    }

    public static TestServer start(FlosseFeature.Builder feature, Consumer<HttpRouting.Builder> routing) {
        return new TestServer(WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .addFeature(feature.build())
                .routing(routing)
                .build()
                .start());
    }

    public FlosseFeature feature() {
        return FlosseFeature.of(server);
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    /** The whole answer, when it has ended. */
    public static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        server.stop();
    }
}
