package io.flosse.nativeimage;

import static net.bytebuddy.asm.MemberSubstitution.Source.SUBSTITUTED_ELEMENT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import net.bytebuddy.asm.MemberSubstitution.AllArguments;
import net.bytebuddy.asm.MemberSubstitution.Origin;
import net.bytebuddy.asm.MemberSubstitution.This;
import org.jspecify.annotations.Nullable;

/**
 * The log of dynamic access in this JVM. Entries have the format of {@link Reachability#lines}, but a resource is
 * {@code resource} and its path. Access that no metadata can list starts with {@code never}.
 */
public final class DynamicAccessLog {

    static final Method BEFORE = Arrays.stream(DynamicAccessLog.class.getDeclaredMethods())
            .filter(method -> method.getName().equals("before"))
            .findFirst()
            .orElseThrow();

    /** Optional classes and resources: SnakeYAML, Jedis and SLF4J look for them and also work without them. */
    private static final Set<String> OPTIONAL = Set.of(
            "type java.beans.Introspector",
            "type java.sql.Date",
            "type java.sql.Timestamp",
            "type com.google.gson.JsonElement",
            "resource org/slf4j/impl/StaticLoggerBinder.class");

    private static final Set<String> RECORDED = new ConcurrentSkipListSet<>();

    private static volatile boolean agentInstalled;

    private DynamicAccessLog() {}

    static void markAgentInstalled() {
        agentInstalled = true;
    }

    /** Returns whether the agent is installed, so that access is recorded. */
    static boolean isAgentInstalled() {
        return agentInstalled;
    }

    static Set<String> recorded() {
        return Set.copyOf(RECORDED);
    }

    /** Records an access. Rewritten classes call this before they call a method that accesses something by name. */
    public static void before(
            @Origin(source = SUBSTITUTED_ELEMENT) Method called,
            @This(source = SUBSTITUTED_ELEMENT, optional = true) @Nullable Object target,
            @AllArguments(source = SUBSTITUTED_ELEMENT) Object[] arguments) {
        RECORDED.add(access(called, target, arguments));
    }

    private static String access(Method called, @Nullable Object target, Object[] arguments) {
        if (target instanceof Class<?> type) {
            return ofClass(called, type, arguments);
        }
        if (target instanceof ClassLoader) {
            return (called.getName().equals("loadClass") ? "type " : "resource ") + arguments[0];
        }
        return switch (called.getName()) {
            case "forName" ->
                "type "
                        + Arrays.stream(arguments)
                                .filter(String.class::isInstance)
                                .findFirst()
                                .orElse("?");
            case "load" ->
                "resource META-INF/services/"
                        + Arrays.stream(arguments)
                                .filter(Class.class::isInstance)
                                .map(service -> ((Class<?>) service).getName())
                                .findFirst()
                                .orElse("?");
            case "getBundle" -> "bundle " + arguments[0];
            default -> never(called);
        };
    }

    private static String ofClass(Method called, Class<?> type, Object[] arguments) {
        return switch (called.getName()) {
            case "getResource", "getResourceAsStream" -> "resource " + resource(type, (String) arguments[0]);
            case "getField", "getDeclaredField" -> "member " + type.getName() + " " + arguments[0];
            case "newInstance" -> "member " + type.getName() + " " + Reachability.CONSTRUCTOR;
            case "getConstructor", "getDeclaredConstructor" ->
                "member " + type.getName() + " "
                        + Reachability.constructor(Arrays.stream((Class<?>[]) arguments[0])
                                .map(Class::getName)
                                .toList());
            default -> never(called) + " of " + type.getName();
        };
    }

    private static String never(Method called) {
        return "never " + called.getDeclaringClass().getSimpleName() + "." + called.getName();
    }

    private static String resource(Class<?> type, String name) {
        return name.startsWith("/") ? name.substring(1) : type.getPackageName().replace('.', '/') + "/" + name;
    }

    /** Returns the recorded access that no metadata lists. In a native image it would fail. */
    static List<String> unlisted(Set<String> recorded, Reachability listed) {
        List<String> lines = listed.lines();
        return recorded.stream()
                .filter(access -> !OPTIONAL.contains(access))
                .filter(access -> access.startsWith("resource ")
                        ? !listed.uncovered(List.of(access.substring("resource ".length())))
                                .isEmpty()
                        : !lines.contains(access))
                .sorted()
                .toList();
    }

    /** Returns the entries of all metadata files of flosse and its examples. */
    static Reachability listed() {
        Reachability all = new Reachability();
        try (Stream<Path> files = Files.find(
                Path.of(".."),
                12,
                (path, attributes) -> path.endsWith("reachability-metadata.json") && isFlosseMetadata(path))) {
            for (Path file : files.toList()) {
                all.addAll(Reachability.parse(Files.readString(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    private static boolean isFlosseMetadata(Path path) {
        return path.toString().contains("src/main/resources/META-INF/native-image/io.flosse/");
    }
}
