package io.flosse.nativeimage;

import static net.bytebuddy.matcher.ElementMatchers.any;
import static net.bytebuddy.matcher.ElementMatchers.isDeclaredBy;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.none;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.MemberSubstitution;
import net.bytebuddy.asm.MemberSubstitution.Substitution.Chain.Step;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;
import org.jspecify.annotations.Nullable;

/**
 * Does for flosse, its examples and their libraries what GraalVM's tracing agent does for a whole program: tells
 * {@link DynamicAccessLog} of each class, member, resource or service that their code reaches by name. Test classes are left alone.
 */
public final class TracingAgent implements ClassFileTransformer {

    /** The methods that reach something by name. */
    private static final Map<Class<?>, List<String>> DYNAMIC = Map.of(
            Class.class,
            List.of(
                    "forName",
                    "newInstance",
                    "getField",
                    "getFields",
                    "getDeclaredField",
                    "getDeclaredFields",
                    "getMethod",
                    "getMethods",
                    "getDeclaredMethod",
                    "getDeclaredMethods",
                    "getConstructor",
                    "getConstructors",
                    "getDeclaredConstructor",
                    "getDeclaredConstructors",
                    "getRecordComponents",
                    "getResource",
                    "getResourceAsStream"),
            ClassLoader.class,
            List.of("loadClass", "resources", "getResource", "getResources", "getResourceAsStream"),
            ServiceLoader.class,
            List.of("load"),
            ResourceBundle.class,
            List.of("getBundle"),
            Proxy.class,
            List.of("newProxyInstance", "getProxyClass"),
            ObjectInputStream.class,
            List.of("readObject"),
            ObjectOutputStream.class,
            List.of("writeObject"));

    private final Set<String> libraries;

    private TracingAgent(Set<String> libraries) {
        this.libraries = libraries;
    }

    /** The jars of the distribution but Helidon's, which tell in files of their own what they reach. */
    private static Set<String> librariesIn(Path folder) {
        try (Stream<Path> jars = Files.list(folder)) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(jar -> !jar.startsWith("helidon-"))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Called by the virtual machine before {@code main}. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        instrumentation.addTransformer(new TracingAgent(librariesIn(Path.of("target", "libs"))));
        DynamicAccessLog.agentIsThere();
    }

    @Override
    public byte @Nullable [] transform(
            ClassLoader loader, String name, @Nullable Class<?> old, @Nullable ProtectionDomain domain, byte[] file) {
        return name != null && isWatched(name, domain) ? rewrite(name, file, loader) : null;
    }

    private boolean isWatched(String name, @Nullable ProtectionDomain domain) {
        CodeSource source = domain == null ? null : domain.getCodeSource();
        if (source == null) {
            return false;
        }
        String path = source.getLocation().getPath();
        return name.startsWith("io/flosse/")
                ? !path.contains("test-classes")
                : libraries.contains(path.substring(path.lastIndexOf('/') + 1));
    }

    /** The same class with a call of {@link DynamicAccessLog#before} before each call of a dynamic method; null: it has none. */
    static byte @Nullable [] rewrite(String internalName, byte[] file, ClassLoader loader) {
        if (!mayReach(new String(file, StandardCharsets.ISO_8859_1))) {
            return null;
        }
        String name = internalName.replace('/', '.');
        ClassFileLocator locator = new ClassFileLocator.Compound(
                ClassFileLocator.Simple.of(name, file),
                ClassFileLocator.ForClassLoader.of(loader),
                ClassFileLocator.ForClassLoader.ofSystemLoader());
        TypePool types = TypePool.Default.of(locator);
        return new ByteBuddy()
                // By itself it leaves out synthetic methods, which the bodies of lambdas are.
                .ignore(none())
                .redefine(types.describe(name).resolve(), locator)
                .visit(MemberSubstitution.relaxed()
                        .method(dynamic())
                        .replaceWithChain(Step.ForDelegation.to(DynamicAccessLog.BEFORE), Step.OfOriginalExpression.INSTANCE)
                        .on(any()))
                .make(types)
                .getBytes();
    }

    /** Whether the class file names a dynamic method and its owner: a rewriting takes a while, and most need none. */
    private static boolean mayReach(String file) {
        return DYNAMIC.entrySet().stream()
                .anyMatch(
                        owner -> file.contains(constant(owner.getKey().getName().replace('.', '/')))
                                && owner.getValue().stream().anyMatch(method -> file.contains(constant(method))));
    }

    /** As the constants of a class file have a text: CONSTANT_Utf8, section 4.4.7 of the specification of the JVM. */
    private static String constant(String text) {
        return "\u0001\u0000" + (char) text.length() + text;
    }

    private static ElementMatcher.Junction<MethodDescription> dynamic() {
        ElementMatcher.Junction<MethodDescription> any = none();
        for (Map.Entry<Class<?>, List<String>> owner : DYNAMIC.entrySet()) {
            any = any.or(
                    isDeclaredBy(owner.getKey()).and(namedOneOf(owner.getValue().toArray(String[]::new))));
        }
        return any;
    }
}
