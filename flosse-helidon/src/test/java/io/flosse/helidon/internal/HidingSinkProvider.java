package io.flosse.helidon.internal;

import io.helidon.common.GenericType;
import io.helidon.common.Weight;
import io.helidon.common.media.type.MediaType;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProvider;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A Helidon that hides the connection: asked before flosse's own provider, it throws something else. It does nothing unless a
 * test says so, since Helidon keeps its providers for the life of the JVM.
 */
@Weight(1000)
public final class HidingSinkProvider implements SinkProvider<Void> {

    private static volatile Optional<Way> way = Optional.empty();

    /** How the connection is hidden. */
    public enum Way {
        /** Helidon refuses a sink of this type. */
        REFUSED,
        /** A method that flosse was compiled against is missing. */
        METHOD_MISSING,
        /** A type that flosse was compiled against is missing. */
        TYPE_MISSING,
        /** The provider is asked, and is told nothing of the connection. */
        NO_CONNECTION
    }

    /** For Helidon's service loader. */
    public HidingSinkProvider() {}

    /**
     * Hides the connections of this JVM's servers until it is undone.
     *
     * @param how the way in which they are hidden
     */
    public static void hide(Way how) {
        way = Optional.of(how);
    }

    /** Undoes {@link #hide}. */
    public static void show() {
        way = Optional.empty();
    }

    @Override
    public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
        return way.isPresent() && type.equals(ConnectionSink.FOUND);
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Helidon's signature
    public <X extends Sink<Void>> X create(SinkProviderContext context) {
        switch (way.orElseThrow()) {
            case METHOD_MISSING -> throw new NoSuchMethodError("SinkProviderContext.connectionContext()");
            case TYPE_MISSING -> throw new NoClassDefFoundError("io/helidon/webserver/ConnectionContext");
            case NO_CONNECTION -> throw new ConnectionSink.Carrier(new NoConnection(context));
            default -> throw new IllegalStateException("This type of sink is not supported any more");
        }
    }

    @Override
    @Deprecated
    @SuppressWarnings({"removal", "TypeParameterUnusedInFormals"}) // abstract in Helidon 4
    public <X extends Sink<Void>> X create(
            ServerResponse response, BiConsumer<Object, MediaType> eventConsumer, Runnable closeRunnable) {
        throw new AssertionError("Helidon 4.3 and later call create(SinkProviderContext)");
    }

    private record NoConnection(SinkProviderContext context) implements SinkProviderContext {

        @Override
        public ServerResponse serverResponse() {
            return context.serverResponse();
        }

        @Override
        public ConnectionContext connectionContext() {
            throw new UnsupportedOperationException("The connection is not shown any more");
        }

        @Override
        public Runnable closeRunnable() {
            return context.closeRunnable();
        }
    }
}
