package io.flosse.nativeimage;

import static io.flosse.nativeimage.Reachability.CONSTRUCTOR;
import static io.flosse.nativeimage.Reachability.constructor;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A scanner for the metadata that jars require in a native image. It reads the files that the jars use for service
 * discovery at run time, as Helidon's GraalVM extension does during an image build.
 */
final class RequiredMetadata {

    private static final Pattern DESCRIPTOR = Pattern.compile("\"descriptor\"\\s*:\\s*\"([^\"]+)\"");

    private RequiredMetadata() {}

    /** Returns the metadata for a library of flosse: its service providers, and access that no file declares. */
    static Reachability ofLibrary(ApplicationJar library) {
        Reachability required = new Reachability();
        addProviders(required, library);
        if (library.name().startsWith("flosse-helidon-")) {
            addUndeclaredAccess(required);
            required.globs().addAll(List.of("META-INF/helidon/**", "META-INF/services/*"));
        } else if (library.name().startsWith("flosse-redis-")) {
            required.globs().add("io/flosse/redis/internal/connection/*.lua"); // Lua scripts
            required.globs().add("redis/clients/jedis/pom.properties"); // Jedis reports its version to Redis
        }
        return required;
    }

    /**
     * Adds what no file of the jars of flosse and Helidon declares. Histograms of Micrometer, such as the duration of streams, create
     * copies of themselves by reflection. Parsson loads its messages for invalid JSON from a bundle. JSON-B is not in
     * the distribution, but many applications use it.
     */
    private static void addUndeclaredAccess(Reachability required) {
        for (String histogram : List.of("org.HdrHistogram.ConcurrentHistogram", "org.HdrHistogram.Histogram")) {
            required.addType(histogram, constructor(List.of("long", "long", "int")));
            required.addType(histogram, constructor(List.of("org.HdrHistogram.AbstractHistogram")));
        }
        required.bundles().add("org.eclipse.parsson.messages");
        required.addType("org.eclipse.parsson.JsonProviderImpl", CONSTRUCTOR);
        required.addType("io.helidon.http.media.jsonb.JsonbMediaSupportProvider", CONSTRUCTOR);
        required.addType("org.eclipse.yasson.JsonBindingProvider", CONSTRUCTOR);
    }

    /** Returns the metadata for this version of Helidon: its service registry descriptors and its service providers. */
    static Reachability ofHelidon(Collection<ApplicationJar> jars) {
        Reachability required = new Reachability();
        jars.stream().filter(jar -> jar.isOf("helidon")).forEach(jar -> {
            files(jar, "service-registry.json")
                    .flatMap(json -> DESCRIPTOR.matcher(json).results())
                    .forEach(found -> required.addType(found.group(1), "INSTANCE"));
            files(jar, "service.loader")
                    .flatMap(text -> ApplicationJar.names(text).stream())
                    .forEach(required::addType);
            addProviders(required, jar);
        });
        return required;
    }

    private static Stream<String> files(ApplicationJar jar, String name) {
        return jar.resources().entrySet().stream()
                .filter(file -> file.getKey().startsWith("META-INF/helidon/"))
                .filter(file -> file.getKey().endsWith("/" + name))
                .map(java.util.Map.Entry::getValue);
    }

    private static void addProviders(Reachability required, ApplicationJar jar) {
        jar.services().values().stream()
                .flatMap(List::stream)
                .forEach(provider -> required.addType(provider, CONSTRUCTOR));
    }
}
