package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionProvider;
import io.helidon.webserver.spi.ProtocolConfig;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.util.Set;

/** A wrapper of Helidon's selector for HTTP/2 (prior knowledge and ALPN) that lets flosse watch the connections. */
public final class Http2Selector implements ServerConnectionSelector {

    private final ServerConnectionSelector delegate;

    Http2Selector(ServerConnectionSelector delegate) {
        this.delegate = delegate;
    }

    public static ServerConnectionSelector of(String listenerName, ProtocolConfig config, ProtocolConfigs configs) {
        return new Http2Selector(new Http2ConnectionProvider().create(listenerName, (Http2Config) config, configs));
    }

    @Override
    public int bytesToIdentifyConnection() {
        return delegate.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return delegate.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return delegate.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        Http2ConnectionContext watched = new Http2ConnectionContext(
                context, Http2Limits.of(context.listenerContext().config()));
        return new Http2ServerConnection(delegate.connection(watched), watched.connection());
    }
}
