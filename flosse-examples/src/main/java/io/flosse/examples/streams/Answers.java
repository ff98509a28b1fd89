package io.flosse.examples.streams;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;

/** What the examples answer to a post: 202 and the id of what was made. */
final class Answers {

    private Answers() {}

    static void accepted(ServerResponse response, String id) {
        response.status(Status.ACCEPTED_202);
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.send(Json.createObjectBuilder().add("id", id).build().toString());
    }
}
