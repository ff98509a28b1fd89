package io.flosse.helidon.internal;

import io.helidon.common.GenericType;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/** Not a sink but the way to one: Helidon shows its connection to sinks only. */
public final class ConnectionSink implements Sink<Void> {

    /** What to ask a response for. */
    public static final GenericType<ConnectionSink> TYPE = GenericType.create(ConnectionSink.class);

    private final SinkProviderContext context;

    ConnectionSink(SinkProviderContext context) {
        this.context = context;
    }

    /**
     * The connection of the request.
     *
     * @return the connection
     */
    public ConnectionContext connection() {
        return context.connectionContext();
    }

    /**
     * What must be run exactly once when the response has been written.
     *
     * @return Helidon's own runnable
     */
    public Runnable closeRunnable() {
        return context.closeRunnable();
    }

    @Override
    public Sink<Void> emit(Void event) {
        throw new IllegalStateException("This sink takes no events");
    }

    @Override
    public void close() {
        // Nothing was opened.
    }
}
