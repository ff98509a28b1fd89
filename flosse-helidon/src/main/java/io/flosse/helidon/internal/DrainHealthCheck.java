package io.flosse.helidon.internal;

import io.flosse.helidon.internal.server.DrainingServers;
import io.helidon.common.config.Config;
import io.helidon.health.HealthCheck;
import io.helidon.health.HealthCheckResponse;
import io.helidon.health.HealthCheckType;
import io.helidon.health.spi.HealthCheckProvider;
import java.util.List;

/**
 * The readiness check {@code flosse}: down while a server of this JVM drains its streams, so that a load balancer sends
 * new clients elsewhere. Found by Helidon where helidon-webserver-observe-health is there.
 */
public final class DrainHealthCheck implements HealthCheckProvider, HealthCheck {

    /** For Helidon's service loader. */
    public DrainHealthCheck() {}

    @Override
    @SuppressWarnings("removal") // Helidon 4 has no other
    public List<HealthCheck> healthChecks(Config config) {
        return List.of(this);
    }

    @Override
    public HealthCheckType type() {
        return HealthCheckType.READINESS;
    }

    @Override
    public String name() {
        return "flosse";
    }

    @Override
    public HealthCheckResponse call() {
        int draining = DrainingServers.count();
        return HealthCheckResponse.builder()
                .status(draining == 0)
                .detail("draining", draining)
                .build();
    }
}
