package io.flosse.helidon.internal;

import io.helidon.config.Config;
import java.util.function.Function;

/**
 * The two {@code create} methods of a {@code ConfiguredProvider}: Helidon 4.3 calls the deprecated one, 4.4 and later the other.
 *
 * <p>They are inherited, and their return type is erased to {@code Object}, so that a class compiled against Helidon 4.5 can
 * be linked on 4.3: the compiler's bridge methods then cast to {@code io.helidon.config.NamedService}, which only 4.4 and later
 * have, when they are called, in place of returning a type that the verifier must load.
 *
 * @param <T> what is made from a configuration
 */
abstract class FeatureFactory<T> {

    private final Function<Config, T> factory;

    FeatureFactory(Function<Config, T> factory) {
        this.factory = factory;
    }

    /**
     * Creates the service.
     *
     * @param config its node of the configuration
     * @param name ignored: there is one for each server
     * @return the service
     */
    public T create(Config config, String name) {
        return factory.apply(config);
    }

    /**
     * Creates the service, on Helidon 4.3.
     *
     * @param config its node of the configuration
     * @param name ignored: there is one for each server
     * @return the service
     * @deprecated as in Helidon
     */
    @Deprecated
    @SuppressWarnings("removal")
    public T create(io.helidon.common.config.Config config, String name) {
        return create(Config.config(config), name);
    }
}
