package io.flosse.helidon.internal.transport;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.io.OutputStream;

/**
 * The body of a response to HEAD: it is not sent. Helidon and the error handlers of applications send the same body for
 * every method, and a client would take it for the next response.
 */
public final class BodilessResponse extends OutputStream {

    private final ServerResponse response;
    private long length;

    private BodilessResponse(ServerResponse response) {
        this.response = response;
    }

    /** Prepares a response. Does nothing if it has been sent already. */
    public static void prepare(ServerResponse response) {
        if (response.isSent()) {
            return;
        }
        if (response instanceof RoutingResponse routing) {
            boolean unused = routing.resetStream(); // flosse may have requested the stream already
        }
        response.headers().set(StreamHeaders.NO_ENCODER); // an encoder would write its own header
        response.streamFilter(out -> {
            response.headers().remove(HeaderNames.CONTENT_ENCODING);
            return new BodilessResponse(response);
        });
    }

    @Override
    public void write(int b) {
        length++;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        length += count;
    }

    /**
     * Sends the head with the length that the body would have. On Helidon 4.3, Helidon sends the head later, with the
     * length 0.
     */
    @Override
    public void close() {
        if (!HelidonLine.SENT_BY_COMMIT) {
            return;
        }
        SinkProviderContext context;
        try {
            context = ConnectionSink.context(response);
        } catch (RuntimeException | LinkageError hidden) {
            return; // as on Helidon 4.3
        }
        response.headers().set(HeaderValues.create(HeaderNames.CONTENT_LENGTH, length));
        context.flushHeaders();
    }
}
