package io.flosse.nativeimage;

import static io.flosse.nativeimage.Reachability.CONSTRUCTOR;
import static io.flosse.nativeimage.Reachability.constructor;

import java.util.Collection;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the jars of an application need in a native image, found in the files by which they find each other at run time.
 * Helidon has an extension of GraalVM that finds the same while the image is built; this is for builds without it.
 */
final class RequiredMetadata {

    private static final Pattern DESCRIPTOR = Pattern.compile("\"descriptor\"\\s*:\\s*\"([^\"]+)\"");

    private static final Pattern HANDLERS = Pattern.compile("(?m)^handlers=(.*)$");

    private RequiredMetadata() {}

    /** A library of flosse: the services that it provides. */
    static Reachability ofLibrary(ApplicationJar library) {
        Reachability needs = new Reachability();
        library.services().values().stream().flatMap(List::stream).forEach(type -> needs.addType(type, CONSTRUCTOR));
        needs.globs().addAll(library.resourcesIn("META-INF/services/"));
        if (library.name().startsWith("flosse-helidon-")) {
            addUnwrittenOfHelidon(needs);
        } else if (library.name().startsWith("flosse-redis-")) {
            needs.globs().add("io/flosse/redis/internal/connection/*.lua"); // the scripts
            needs.globs().add("redis/clients/jedis/pom.properties"); // Jedis tells Redis its version
        }
        return needs;
    }

    /**
     * What other libraries reach by name for flosse, and say in no file. Histograms of Micrometer, of which the duration of
     * streams is one, make others like themselves by reflection; Parsson has the words for a body that is no JSON in a bundle.
     */
    private static void addUnwrittenOfHelidon(Reachability needs) {
        for (String histogram : List.of("org.HdrHistogram.ConcurrentHistogram", "org.HdrHistogram.Histogram")) {
            needs.addType(histogram, constructor(List.of("long", "long", "int")));
            needs.addType(histogram, constructor(List.of("org.HdrHistogram.AbstractHistogram")));
        }
        needs.bundles().add("org.eclipse.parsson.messages");
    }

    /** Helidon of this version: the descriptors of its service registry, and what its service loader is asked for. */
    static Reachability ofHelidon(Collection<ApplicationJar> jars) {
        Reachability needs = new Reachability();
        jars.stream().filter(jar -> jar.isOf("helidon")).forEach(jar -> {
            files(jar, "service-registry.json")
                    .flatMap(json -> DESCRIPTOR.matcher(json).results())
                    .forEach(found -> needs.addType(found.group(1), "INSTANCE"));
            files(jar, "service.loader")
                    .flatMap(text -> ApplicationJar.names(text).stream())
                    .forEach(needs::addType);
        });
        addProviders(needs, jars.stream().filter(jar -> jar.isOf("helidon")));
        return needs;
    }

    private static Stream<String> files(ApplicationJar jar, String name) {
        return jar.resources().entrySet().stream()
                .filter(file -> file.getKey().startsWith("META-INF/helidon/"))
                .filter(file -> file.getKey().endsWith("/" + name))
                .map(java.util.Map.Entry::getValue);
    }

    /** The rest: other libraries' services, the handlers of the log, and every file that is read by its name. */
    static Reachability ofExamples(ApplicationJar examples, Collection<ApplicationJar> jars) {
        Reachability needs = new Reachability();
        addProviders(needs, jars.stream().filter(jar -> !jar.isOf("helidon") && !jar.isOf("flosse")));
        HANDLERS.matcher(examples.resources().getOrDefault("logging.properties", ""))
                .results()
                .map((MatchResult found) -> found.group(1))
                .flatMap(handlers -> Stream.of(handlers.split("[,\\s]+")))
                .forEach(handler -> needs.addType(handler, CONSTRUCTOR));
        needs.addType("java.util.logging.SimpleFormatter", CONSTRUCTOR);
        needs.globs()
                .addAll(List.of(
                        "META-INF/helidon/**",
                        "META-INF/services/*",
                        "application.yaml",
                        "logging.properties",
                        "source/*",
                        "web/**"));
        return needs;
    }

    private static void addProviders(Reachability needs, Stream<ApplicationJar> jars) {
        jars.flatMap(jar -> jar.services().values().stream())
                .flatMap(List::stream)
                .forEach(provider -> needs.addType(provider, CONSTRUCTOR));
    }

    /** Every resource that is read by name at run time. */
    static List<String> resources(ApplicationJar examples, Collection<ApplicationJar> jars) {
        Stream<String> own = examples.resources().keySet().stream().filter(name -> !name.startsWith("META-INF/"));
        Stream<String> libraries = jars.stream()
                .flatMap(jar ->
                        Stream.of("META-INF/helidon/", "META-INF/services/").map(jar::resourcesIn))
                .flatMap(List::stream);
        return Stream.concat(own, libraries).distinct().sorted().toList();
    }
}
