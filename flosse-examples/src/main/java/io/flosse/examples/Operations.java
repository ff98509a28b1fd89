package io.flosse.examples;

import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.FlosseFeature;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.security.SecurityFeature;
import io.helidon.webserver.security.SecurityHandler;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.util.Comparator;
import java.util.function.Supplier;

/** The endpoints for operation: the open streams, and the features of this server. */
final class Operations implements HttpService {

    private static final SecurityHandler AUTHENTICATE =
            SecurityFeature.authenticate().authenticationOptional();

    private final Supplier<WebServer> server;

    Operations(Supplier<WebServer> server) {
        this.server = server;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/streams", AUTHENTICATE, this::streams).get("/features", this::features);
    }

    /** Lists the open streams. Only an administrator sees the names and addresses of their clients. */
    private void streams(ServerRequest request, ServerResponse response) {
        boolean admin = Access.user(request)
                .filter(user -> user.roles().contains("admin"))
                .isPresent();
        JsonArrayBuilder streams = Json.createArrayBuilder();
        FlosseFeature.of(server.get()).streams().stream()
                .sorted(Comparator.comparing(StreamInfo::opened))
                .forEach(stream -> streams.add(admin ? withClient(stream) : json(stream)));
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        send(response, streams.build().toString());
    }

    private static JsonObjectBuilder withClient(StreamInfo stream) {
        return json(stream)
                .add("from", stream.remoteAddress())
                .add("who", stream.identity().map(Identity::name).orElse(""));
    }

    private static JsonObjectBuilder json(StreamInfo stream) {
        return Json.createObjectBuilder()
                .add("route", stream.route())
                .add("seconds", stream.age().toMillis() / 1000.0)
                .add("events", stream.events())
                .add("bytes", stream.bytes())
                .add("heartbeats", stream.heartbeats());
    }

    /** Lists the available features; the page hides the sections of all others. */
    private void features(ServerRequest request, ServerResponse response) {
        JsonObjectBuilder features = Json.createObjectBuilder()
                .add("streams", true)
                .add("limited", true)
                .add("channels", true)
                .add("jobs", true);
        send(response, features.build().toString());
    }

    private static void send(ServerResponse response, String json) {
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.send(json);
    }
}
