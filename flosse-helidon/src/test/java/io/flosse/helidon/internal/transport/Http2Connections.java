package io.flosse.helidon.internal.transport;

import io.helidon.webserver.http.ServerRequest;
import java.lang.reflect.Field;
import java.util.Map;

/** Reads the internal state that flosse keeps for an HTTP/2 connection. */
public final class Http2Connections {

    private Http2Connections() {}

    /** Returns the streams that flosse remembers for the connection of a request. */
    public static Map<?, ?> streams(ServerRequest request) {
        try {
            Field field = Http2Connection.class.getDeclaredField("streams");
            field.setAccessible(true);
            return (Map<?, ?>) field.get(((Http2Peer) request.remotePeer()).connection());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
