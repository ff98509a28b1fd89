package io.flosse.helidon.internal;

import io.flosse.helidon.FlosseFeature;
import io.helidon.webserver.spi.ServerFeatureProvider;

/**
 * The factory of the feature's provider on the module path. There the service loader inspects the methods of the class
 * that the module declares. A method of {@link FlosseFeatureProvider} has a type that Helidon 4.3 lacks (see {@link
 * FeatureFactory}), so the module declares this class instead.
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
