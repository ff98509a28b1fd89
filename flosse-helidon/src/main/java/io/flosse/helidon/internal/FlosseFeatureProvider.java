package io.flosse.helidon.internal;

import io.flosse.helidon.FlosseFeature;
import io.helidon.webserver.spi.ServerFeatureProvider;

/** The provider through which Helidon discovers the feature. */
public final class FlosseFeatureProvider extends FeatureFactory<FlosseFeature>
        implements ServerFeatureProvider<FlosseFeature> {

    /** Creates the provider; called by Helidon's service loader. */
    public FlosseFeatureProvider() {
        super(config -> FlosseFeature.builder().config(config).build());
    }

    @Override
    public String configKey() {
        return "flosse";
    }
}
