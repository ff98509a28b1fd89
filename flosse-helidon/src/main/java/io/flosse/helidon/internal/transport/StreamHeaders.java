package io.flosse.helidon.internal.transport;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;

/** The status and the headers of a stream's response. Headers set by filters and CORS are kept. */
public final class StreamHeaders {

    private static final Header CONTENT_TYPE =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    private static final Header CACHE_CONTROL =
            HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache, no-transform");

    /** Tells nginx not to buffer this response; nginx needs no setting for that. */
    private static final Header X_ACCEL_BUFFERING = HeaderValues.createCached("X-Accel-Buffering", "no");

    /**
     * Keeps Helidon from encoding the body, since an encoder would delay events. It is set only while the output stream
     * is requested, and removed before the head is sent.
     */
    static final Header NO_ENCODER = HeaderValues.createCached(HeaderNames.CONTENT_ENCODING, "identity");

    /** The cache control of all responses that are not streams: they are valid for one request only. */
    public static final Header NO_STORE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");

    private StreamHeaders() {}

    /** Sets the status and the headers of a stream. */
    public static void set(ServerResponse response) {
        response.status(Status.OK_200);
        response.header(CONTENT_TYPE);
        response.header(CACHE_CONTROL);
        response.header(X_ACCEL_BUFFERING);
    }
}
