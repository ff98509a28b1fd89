package io.flosse.helidon.internal.transport;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;

/** The status and the headers of every stream. What filters and CORS have set stays. */
public final class StreamHeaders {

    private static final Header CONTENT_TYPE =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    private static final Header CACHE_CONTROL =
            HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache, no-transform");
    /** Tells nginx not to buffer this response, without any setting of its own. */
    private static final Header X_ACCEL_BUFFERING = HeaderValues.createCached("X-Accel-Buffering", "no");

    /**
     * Keeps Helidon from encoding the body, if it is set while the output stream is taken; it is taken out before the head
     * is sent. An encoder would hold events back.
     */
    static final Header NO_ENCODER = HeaderValues.createCached(HeaderNames.CONTENT_ENCODING, "identity");

    /** Of every answer that is not a stream: it holds for one request at one moment. */
    public static final Header NO_STORE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");

    private StreamHeaders() {}

    public static void set(ServerResponse response) {
        response.status(Status.OK_200);
        response.header(CONTENT_TYPE);
        response.header(CACHE_CONTROL);
        response.header(X_ACCEL_BUFFERING);
    }
}
