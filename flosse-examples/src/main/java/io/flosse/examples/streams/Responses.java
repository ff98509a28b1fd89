package io.flosse.examples.streams;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;

/** Sends the response to a POST that created something. */
final class Responses {

    private Responses() {}

    /** Sends 202 and, as JSON, the id of the new event or job. */
    static void accepted(ServerResponse response, String id) {
        response.status(Status.ACCEPTED_202);
        response.headers().contentType(MediaTypes.APPLICATION_JSON);
        response.send(Json.createObjectBuilder().add("id", id).build().toString());
    }
}
