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
 * The provider of a sink that writes nothing. Helidon 4.4.1 and later mark a response as sent when its sink is created.
 */
public final class SentSinkProvider implements SinkProvider<Void> {

    /** Creates the provider; called by Helidon's service loader. */
    public SentSinkProvider() {}

    @Override
    public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
        return type.equals(ConnectionSink.SENT);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Helidon's signature; supports() checked the type
    public <X extends Sink<Void>> X create(SinkProviderContext context) {
        return (X) new ConnectionSink.Sent();
    }

    @Override
    @Deprecated
    @SuppressWarnings({"removal", "TypeParameterUnusedInFormals"}) // abstract in Helidon 4
    public <X extends Sink<Void>> X create(
            ServerResponse response, BiConsumer<Object, MediaType> eventConsumer, Runnable closeRunnable) {
        throw new IllegalStateException("flosse needs Helidon 4.3 or later, which calls create(SinkProviderContext)");
    }
}
