package io.flosse.helidon.internal.transport;

import io.helidon.common.GenericType;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/**
 * The way to the connection of a response, which Helidon shows to the providers of sinks only. Helidon 4.4.1 and later mark a
 * response as sent once a sink was created, so flosse's provider throws its context out instead.
 */
public final class ConnectionSink {

    public static final GenericType<Found> FOUND = GenericType.create(Found.class);

    /** A sink that is created, so that the response counts as sent. */
    public static final GenericType<Sent> SENT = GenericType.create(Sent.class);

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
            Sink<?> unused = response.sink(FOUND);
            throw new IllegalStateException("Helidon created a sink without asking flosse's provider");
        } catch (Carrier carrier) {
            return carrier.context;
        }
    }

    /**
     * Marks a response as sent of which nothing was sent: its client has gone.
     *
     * @param response an HTTP/1.1 response
     */
    public static void markSent(ServerResponse response) {
        Sink<?> unused = response.sink(SENT);
    }

    /** A sink of this type is never created. */
    abstract static class Found implements Sink<Void> {}

    /** A sink that does nothing. */
    public static final class Sent implements Sink<Void> {

        @Override
        public Sink<Void> emit(Void event) {
            throw new IllegalStateException("This sink takes no events");
        }

        @Override
        public void close() {
            // Nothing was opened.
        }
    }

    /** Carries the context out of Helidon. */
    public static final class Carrier extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient SinkProviderContext context;

        public Carrier(SinkProviderContext context) {
            super(null, null, false, false);
            this.context = context;
        }
    }
}
