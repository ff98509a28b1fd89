package io.flosse.helidon.internal;

import io.flosse.helidon.internal.server.DrainingServers;
import io.helidon.common.config.Config;
import io.helidon.health.HealthCheck;
import io.helidon.health.HealthCheckResponse;
import io.helidon.health.HealthCheckType;
import io.helidon.health.spi.HealthCheckProvider;
import java.util.List;

/**
 * The readiness check {@code flosse}. It is down while any server of this JVM drains its streams, so that a load
 * balancer routes new clients to other servers. Helidon uses it if helidon-webserver-observe-health is on the class
 * path.
 */
public final class DrainHealthCheck implements HealthCheckProvider, HealthCheck {

    /** Creates the check; called by Helidon's service loader. */
    public DrainHealthCheck() {}

    @Override
    @SuppressWarnings("removal") // Helidon 4 has no replacement for this method
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
