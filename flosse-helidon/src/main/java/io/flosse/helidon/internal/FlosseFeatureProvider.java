package io.flosse.helidon.internal;

import io.flosse.helidon.FlosseFeature;
import io.helidon.webserver.spi.ServerFeatureProvider;

/** Lets Helidon find the feature by itself. */
public final class FlosseFeatureProvider extends FeatureFactory<FlosseFeature>
        implements ServerFeatureProvider<FlosseFeature> {

    /** For Helidon's service loader. */
    public FlosseFeatureProvider() {
        super(config -> FlosseFeature.builder().config(config).build());
    }

    @Override
    public String configKey() {
        return "flosse";
    }
}
