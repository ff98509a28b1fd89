package io.flosse.helidon.internal;

import io.flosse.helidon.FlosseFeature;
import io.helidon.webserver.spi.ServerFeatureProvider;

/**
 * Gives Helidon the feature's provider on the module path. There the service loader looks at the methods of the class that the
 * module names, and one of {@link FlosseFeatureProvider}'s has a type that Helidon 4.3 does not have: see {@link FeatureFactory}.
 */
public final class FeatureProviderFactory {

    private FeatureProviderFactory() {}

    /**
     * Creates the provider; called by the service loader.
     *
     * @return a new provider
     */
    public static ServerFeatureProvider<FlosseFeature> provider() {
        return new FlosseFeatureProvider();
    }
}
