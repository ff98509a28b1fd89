package io.flosse.helidon.internal;

import io.flosse.helidon.internal.transport.Http2Selector;
import io.helidon.common.Weighted;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.spi.ProtocolConfig;
import io.helidon.webserver.spi.ServerConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelectorProvider;

/**
 * Selects HTTP/2 connections before Helidon's own provider does, so that flosse sees their frames. Loaded on every server, so
 * it refers to no class of helidon-webserver-http2, which is optional: without it there is no configuration of this type, and
 * {@link #create} is never called.
 */
public final class Http2SelectorProvider implements ServerConnectionSelectorProvider<ProtocolConfig>, Weighted {

    static final String TYPE = "http_2";

    /** Above Helidon's own provider, which has the default. */
    static final double WEIGHT = DEFAULT_WEIGHT + 900;

    /** For Helidon's service loader. */
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
