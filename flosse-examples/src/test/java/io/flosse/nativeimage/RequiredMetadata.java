package io.flosse.nativeimage;

import static io.flosse.nativeimage.Reachability.CONSTRUCTOR;
import static io.flosse.nativeimage.Reachability.constructor;

import java.util.Collection;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A scanner for the metadata that the jars of an application require in a native image. It reads the files that the
 * jars use for service discovery at run time. Helidon's GraalVM extension does the same during an image build; this
 * class is for builds without it.
 */
final class RequiredMetadata {

    private static final Pattern DESCRIPTOR = Pattern.compile("\"descriptor\"\\s*:\\s*\"([^\"]+)\"");

    private static final Pattern HANDLERS = Pattern.compile("(?m)^handlers=(.*)$");

    private RequiredMetadata() {}

    /** Returns the metadata for a library of flosse: the services that it provides, and its resources. */
    static Reachability ofLibrary(ApplicationJar library) {
        Reachability required = new Reachability();
        library.services().values().stream().flatMap(List::stream).forEach(type -> required.addType(type, CONSTRUCTOR));
        required.globs().addAll(library.resourcesIn("META-INF/services/"));
        if (library.name().startsWith("flosse-helidon-")) {
            addUndeclaredAccess(required);
        } else if (library.name().startsWith("flosse-redis-")) {
            required.globs().add("io/flosse/redis/internal/connection/*.lua"); // Lua scripts
            required.globs().add("redis/clients/jedis/pom.properties"); // Jedis reports its version to Redis
        }
        return required;
    }

    /**
     * Adds dynamic access of other libraries that no file declares. Histograms of Micrometer, such as the duration of
     * streams, create copies of themselves by reflection. Parsson loads its messages for invalid JSON from a bundle.
     */
    private static void addUndeclaredAccess(Reachability required) {
        for (String histogram : List.of("org.HdrHistogram.ConcurrentHistogram", "org.HdrHistogram.Histogram")) {
            required.addType(histogram, constructor(List.of("long", "long", "int")));
            required.addType(histogram, constructor(List.of("org.HdrHistogram.AbstractHistogram")));
        }
        required.bundles().add("org.eclipse.parsson.messages");
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
        });
        addProviders(required, jars.stream().filter(jar -> jar.isOf("helidon")));
        return required;
    }

    private static Stream<String> files(ApplicationJar jar, String name) {
        return jar.resources().entrySet().stream()
                .filter(file -> file.getKey().startsWith("META-INF/helidon/"))
                .filter(file -> file.getKey().endsWith("/" + name))
                .map(java.util.Map.Entry::getValue);
    }

    /** Returns the remaining metadata: services of other libraries, log handlers, and files that are read by name. */
    static Reachability ofExamples(ApplicationJar examples, Collection<ApplicationJar> jars) {
        Reachability required = new Reachability();
        addProviders(required, jars.stream().filter(jar -> !jar.isOf("helidon") && !jar.isOf("flosse")));
        HANDLERS.matcher(examples.resources().getOrDefault("logging.properties", ""))
                .results()
                .map((MatchResult found) -> found.group(1))
                .flatMap(handlers -> Stream.of(handlers.split("[,\\s]+")))
                .forEach(handler -> required.addType(handler, CONSTRUCTOR));
        required.addType("java.util.logging.SimpleFormatter", CONSTRUCTOR);
        required.globs()
                .addAll(List.of(
                        "META-INF/helidon/**",
                        "META-INF/services/*",
                        "application.yaml",
                        "logging.properties",
                        "source/*",
                        "web/**"));
        return required;
    }

    private static void addProviders(Reachability required, Stream<ApplicationJar> jars) {
        jars.flatMap(jar -> jar.services().values().stream())
                .flatMap(List::stream)
                .forEach(provider -> required.addType(provider, CONSTRUCTOR));
    }

    /** Returns every resource that is read by name at run time. */
    static List<String> resources(ApplicationJar examples, Collection<ApplicationJar> jars) {
        Stream<String> own = examples.resources().keySet().stream().filter(name -> !name.startsWith("META-INF/"));
        Stream<String> libraries = jars.stream()
                .flatMap(jar ->
                        Stream.of("META-INF/helidon/", "META-INF/services/").map(jar::resourcesIn))
                .flatMap(List::stream);
        return Stream.concat(own, libraries).distinct().sorted().toList();
    }
}
