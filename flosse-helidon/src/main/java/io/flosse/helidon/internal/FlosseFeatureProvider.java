package io.flosse.helidon.internal;

import io.flosse.helidon.FlosseFeature;
import io.helidon.common.config.Config;
import io.helidon.webserver.spi.ServerFeatureProvider;

/** Lets Helidon find the feature by itself. */
public final class FlosseFeatureProvider implements ServerFeatureProvider<FlosseFeature> {

    /** For Helidon's service loader. */
    public FlosseFeatureProvider() {}

    @Override
    public String configKey() {
        return "flosse";
    }

    @Override
    @SuppressWarnings("removal") // the type that Helidon 4.2 has too
    public FlosseFeature create(Config config, String name) {
        return FlosseFeature.builder().config(config).build();
    }
}
