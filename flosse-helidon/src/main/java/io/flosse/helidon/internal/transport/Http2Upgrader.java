package io.flosse.helidon.internal.transport;

import io.helidon.http.HttpPrologue;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2UpgradeProvider;
import io.helidon.webserver.spi.ProtocolConfig;
import io.helidon.webserver.spi.ServerConnection;
import org.jspecify.annotations.Nullable;

/**
 * A wrapper of Helidon's upgrade from HTTP/1.1 to HTTP/2 (h2c) that lets flosse watch the connections or refuse
 * upgrades.
 */
public final class Http2Upgrader implements Http1Upgrader {

    private final Http1Upgrader delegate;

    private Http2Upgrader(Http1Upgrader delegate) {
        this.delegate = delegate;
    }

    public static Http1Upgrader of(ProtocolConfig config, ProtocolConfigs configs) {
        return new Http2Upgrader(Http2UpgradeProvider.builder().build().create((Http2Config) config, configs));
    }

    @Override
    public String supportedProtocol() {
        return delegate.supportedProtocol();
    }

    /** Upgrades a connection; returns null if it stays on HTTP/1.1. */
    @Override
    @SuppressWarnings("NullAway") // Helidon's contract
    public @Nullable ServerConnection upgrade(
            ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
        Http2Limits limits = Http2Limits.of(context.listenerContext().config());
        if (!limits.upgrade()) {
            return null;
        }
        Http2ConnectionContext watched = new Http2ConnectionContext(context, limits);
        ServerConnection upgraded = delegate.upgrade(watched, prologue, headers);
        return upgraded == null ? null : new Http2ServerConnection(upgraded, watched.connection());
    }
}
