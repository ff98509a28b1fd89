/** The Helidon SE 4 adapter of flosse: routes that run a generator, or subscribe to a channel, for each request. */
module io.flosse.helidon {
    requires transitive io.flosse;
    requires transitive io.helidon.webserver;
    requires io.helidon;
    requires io.helidon.common.buffers;
    requires io.helidon.common.parameters;
    requires io.helidon.common.security;
    requires io.helidon.common.task;
    requires io.helidon.http;
    requires io.helidon.http.encoding;
    requires io.helidon.http.media;
    requires io.helidon.http.sse;
    requires io.helidon.service.registry;
    requires jakarta.json;
    requires jdk.jfr;
    requires static io.helidon.health;
    requires static io.helidon.metrics.api;
    requires static io.helidon.security;
    requires static io.helidon.webserver.http2;
    requires static org.jspecify;

    exports io.flosse.helidon;

    provides io.helidon.health.spi.HealthCheckProvider with
            io.flosse.helidon.internal.DrainHealthCheck;
    provides io.helidon.webserver.http1.spi.Http1UpgradeProvider with
            io.flosse.helidon.internal.Http2UpgraderProvider;
    provides io.helidon.webserver.http.spi.SinkProvider with
            io.flosse.helidon.internal.ConnectionSinkProvider,
            io.flosse.helidon.internal.SentSinkProvider;
    provides io.helidon.webserver.spi.ServerConnectionSelectorProvider with
            io.flosse.helidon.internal.Http2SelectorProvider;
    provides io.helidon.webserver.spi.ServerFeatureProvider with
            io.flosse.helidon.internal.FeatureProviderFactory;

    uses jakarta.json.spi.JsonProvider;
}
