package io.flosse.helidon.internal;

import io.helidon.config.Config;
import java.util.function.Function;

/**
 * The superclass with the two {@code create} methods of a {@code ConfiguredProvider}. Helidon 4.3 calls the deprecated
 * one; 4.4 and later call the other.
 *
 * <p>A subclass inherits these methods, and their return type is erased to {@code Object}. So a class that was compiled
 * against Helidon 4.5 can be linked on 4.3. Only 4.4 and later have {@code io.helidon.config.NamedService}. The
 * compiler's bridge methods cast to that type when they are called; a declared return type would be loaded by the
 * verifier.
 *
 * @param <T> the type that is created from a configuration
 */
abstract class FeatureFactory<T> {

    private final Function<Config, T> factory;

    FeatureFactory(Function<Config, T> factory) {
        this.factory = factory;
    }

    /**
     * Creates the service.
     *
     * @param config the configuration node of the service
     * @param name ignored, because a server has only one such service
     * @return the service
     */
    public T create(Config config, String name) {
        return factory.apply(config);
    }

    /**
     * Creates the service on Helidon 4.3.
     *
     * @param config the configuration node of the service
     * @param name ignored, because a server has only one such service
     * @return the service
     * @deprecated as in Helidon
     */
    @Deprecated
    @SuppressWarnings("removal")
    public T create(io.helidon.common.config.Config config, String name) {
        return create(Config.config(config), name);
    }
}
