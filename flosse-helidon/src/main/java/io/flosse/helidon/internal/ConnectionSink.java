package io.flosse.helidon.internal;

import io.helidon.common.GenericType;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/**
 * A sink type that is never created: Helidon shows the connection of a response to the providers of sinks only, and since
 * 4.4.1 marks a response as sent once a sink was created. The provider throws its context out instead.
 */
public final class ConnectionSink implements Sink<Void> {

    static final GenericType<ConnectionSink> TYPE = GenericType.create(ConnectionSink.class);

    private ConnectionSink() {}

    /**
     * Finds what Helidon shows of a response's connection. The response stays unsent.
     *
     * @param response an HTTP/1.1 response
     * @return the context
     * @throws RuntimeException if this Helidon does not show it
     */
    public static SinkProviderContext context(ServerResponse response) {
        try {
            Sink<?> unused = response.sink(TYPE);
            throw new IllegalStateException("Helidon created a sink without asking flosse's provider");
        } catch (Found found) {
            return found.context;
        }
    }

    @Override
    public Sink<Void> emit(Void event) {
        throw new IllegalStateException("This sink takes no events");
    }

    @Override
    public void close() {
        // Nothing was opened.
    }

    /** Carries the context out of Helidon. */
    static final class Found extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient SinkProviderContext context;

        Found(SinkProviderContext context) {
            super(null, null, false, false);
            this.context = context;
        }
    }
}
