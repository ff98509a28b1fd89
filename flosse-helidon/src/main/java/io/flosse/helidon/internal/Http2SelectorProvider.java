package io.flosse.helidon.internal;

import io.flosse.helidon.internal.transport.Http2Selector;
import io.helidon.common.Weighted;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.spi.ProtocolConfig;
import io.helidon.webserver.spi.ServerConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelectorProvider;

/**
 * The provider that selects HTTP/2 connections before Helidon's own provider, so that flosse sees their frames.
 *
 * <p>It is loaded on every server, but helidon-webserver-http2 is optional. So this class refers to no class of it.
 * Without that library there is no configuration of this type, and {@link #create} is never called.
 */
public final class Http2SelectorProvider implements ServerConnectionSelectorProvider<ProtocolConfig>, Weighted {

    static final String TYPE = "http_2";

    /** The weight of the HTTP/2 providers; Helidon's own have the default weight. */
    static final double WEIGHT = DEFAULT_WEIGHT + 900;

    /** Creates the provider; called by Helidon's service loader. */
    public Http2SelectorProvider() {}

    @Override
    public Class<ProtocolConfig> protocolConfigType() {
        return ProtocolConfig.class;
    }

    @Override
    public String protocolType() {
        return TYPE;
    }

    @Override
    public ServerConnectionSelector create(String listenerName, ProtocolConfig config, ProtocolConfigs configs) {
        return Http2Selector.of(listenerName, config, configs);
    }

    @Override
    public double weight() {
        return WEIGHT;
    }
}
