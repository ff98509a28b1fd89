package io.flosse.helidon.internal;

import io.flosse.helidon.internal.transport.Http2Upgrader;
import io.helidon.common.Weighted;
import io.helidon.webserver.ProtocolConfigs;
import io.helidon.webserver.http1.spi.Http1UpgradeProvider;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ProtocolConfig;

/**
 * The provider that upgrades HTTP/1.1 connections to HTTP/2 before Helidon's own provider, so that flosse sees their
 * frames. It refers to no class of helidon-webserver-http2; {@link Http2SelectorProvider} gives the reason.
 */
public final class Http2UpgraderProvider implements Http1UpgradeProvider<ProtocolConfig>, Weighted {

    /** Creates the provider; called by Helidon's service loader. */
    public Http2UpgraderProvider() {}

    @Override
    public Class<ProtocolConfig> protocolConfigType() {
        return ProtocolConfig.class;
    }

    @Override
    public String protocolType() {
        return Http2SelectorProvider.TYPE;
    }

    @Override
    public Http1Upgrader create(ProtocolConfig config, ProtocolConfigs configs) {
        return Http2Upgrader.of(config, configs);
    }

    @Override
    public double weight() {
        return Http2SelectorProvider.WEIGHT;
    }
}
