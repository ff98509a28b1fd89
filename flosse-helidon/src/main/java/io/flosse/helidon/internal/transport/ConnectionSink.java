package io.flosse.helidon.internal.transport;

import io.helidon.common.GenericType;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/**
 * Access to the connection of a response. Helidon exposes the connection to sink providers only. Helidon 4.4.1 and
 * later mark a response as sent when a sink is created, so flosse's provider throws an exception that carries its
 * context.
 */
public final class ConnectionSink {

    /** The type of a sink whose provider throws {@link Carrier}. */
    public static final GenericType<Found> FOUND = GenericType.create(Found.class);

    /** The type of a sink whose creation marks the response as sent. */
    public static final GenericType<Sent> SENT = GenericType.create(Sent.class);

    private ConnectionSink() {}

    /**
     * Returns the sink context of a response, which exposes the connection. The response stays unsent.
     *
     * @param response an HTTP/1.1 response
     * @return the context
     * @throws RuntimeException if this version of Helidon does not expose it
     */
    public static SinkProviderContext context(ServerResponse response) {
        try {
            Sink<?> unused = response.sink(FOUND);
            throw new IllegalStateException(
                    "Helidon created a sink without flosse's sink provider. Use a supported version of Helidon");
        } catch (Carrier carrier) {
            return carrier.context;
        }
    }

    /**
     * Marks a response as sent although nothing was sent, because its client has disconnected.
     *
     * @param response an HTTP/1.1 response
     */
    public static void markSent(ServerResponse response) {
        Sink<?> unused = response.sink(SENT);
    }

    /** The sink type of {@link #FOUND}. No such sink is ever created. */
    abstract static class Found implements Sink<Void> {}

    /** The sink of {@link #SENT}, which does nothing. */
    public static final class Sent implements Sink<Void> {

        @Override
        public Sink<Void> emit(Void event) {
            throw new IllegalStateException("This sink accepts no events; it only marks the response as sent");
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    }

    /** The exception that carries the sink context from the provider, through Helidon, to {@link #context}. */
    public static final class Carrier extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient SinkProviderContext context;

        public Carrier(SinkProviderContext context) {
            super(null, null, false, false);
            this.context = context;
        }
    }
}
