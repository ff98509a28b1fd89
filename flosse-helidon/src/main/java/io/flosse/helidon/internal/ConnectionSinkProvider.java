package io.flosse.helidon.internal;

import io.flosse.helidon.internal.transport.ConnectionSink;
import io.helidon.common.GenericType;
import io.helidon.common.media.type.MediaType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProvider;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.util.function.BiConsumer;

/**
 * The sink provider through which flosse obtains the connection of an HTTP/1.1 request. It does not support HTTP/2,
 * where raw writes would break the framing.
 */
public final class ConnectionSinkProvider implements SinkProvider<Void> {

    /** Creates the provider; called by Helidon's service loader. */
    public ConnectionSinkProvider() {}

    @Override
    public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
        return type.equals(ConnectionSink.FOUND)
                && "1.1".equals(request.prologue().protocolVersion());
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Helidon's signature
    public <X extends Sink<Void>> X create(SinkProviderContext context) {
        throw new ConnectionSink.Carrier(context);
    }

    @Override
    @Deprecated
    @SuppressWarnings({"removal", "TypeParameterUnusedInFormals"}) // abstract in Helidon 4
    public <X extends Sink<Void>> X create(
            ServerResponse response, BiConsumer<Object, MediaType> eventConsumer, Runnable closeRunnable) {
        throw new IllegalStateException("flosse needs Helidon 4.3 or later, which calls create(SinkProviderContext)");
    }
}
