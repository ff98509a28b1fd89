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
 * A Java agent that records dynamic access of flosse, its examples and their libraries in {@link DynamicAccessLog}:
 * each class, member, resource or service that their code accesses by name. It is similar to GraalVM's tracing agent,
 * which traces a whole program. Test classes are not traced.
 */
public final class TracingAgent implements ClassFileTransformer {

    /** Methods that access something by name. */
    private static final Map<Class<?>, List<String>> DYNAMIC_METHODS = Map.of(
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

    /** Returns the jars of the distribution without those of Helidon, which declare their dynamic access in files. */
    private static Set<String> librariesIn(Path folder) {
        try (Stream<Path> jars = Files.list(folder)) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(jar -> !jar.startsWith("helidon-"))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Installs the agent. The JVM calls this before {@code main}. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        instrumentation.addTransformer(new TracingAgent(librariesIn(Path.of("target", "libs"))));
        DynamicAccessLog.markAgentInstalled();
    }

    @Override
    public byte @Nullable [] transform(
            ClassLoader loader, String name, @Nullable Class<?> old, @Nullable ProtectionDomain domain, byte[] file) {
        return name != null && isTraced(name, domain) ? rewrite(name, file, loader) : null;
    }

    private boolean isTraced(String name, @Nullable ProtectionDomain domain) {
        CodeSource source = domain == null ? null : domain.getCodeSource();
        if (source == null) {
            return false;
        }
        String path = source.getLocation().getPath();
        return name.startsWith("io/flosse/")
                ? !path.contains("test-classes")
                : libraries.contains(path.substring(path.lastIndexOf('/') + 1));
    }

    /**
     * Inserts a call of {@link DynamicAccessLog#before} before each call of a dynamic method. Returns null if there is
     * none.
     */
    static byte @Nullable [] rewrite(String internalName, byte[] file, ClassLoader loader) {
        if (!mayCallDynamicMethods(new String(file, StandardCharsets.ISO_8859_1))) {
            return null;
        }
        String name = internalName.replace('/', '.');
        ClassFileLocator locator = new ClassFileLocator.Compound(
                ClassFileLocator.Simple.of(name, file),
                ClassFileLocator.ForClassLoader.of(loader),
                ClassFileLocator.ForClassLoader.ofSystemLoader());
        TypePool types = TypePool.Default.of(locator);
        return new ByteBuddy()
                // By default Byte Buddy ignores synthetic methods, which include the bodies of lambdas.
                .ignore(none())
                .redefine(types.describe(name).resolve(), locator)
                .visit(MemberSubstitution.relaxed()
                        .method(dynamicMethods())
                        .replaceWithChain(
                                Step.ForDelegation.to(DynamicAccessLog.BEFORE), Step.OfOriginalExpression.INSTANCE)
                        .on(any()))
                .make(types)
                .getBytes();
    }

    /**
     * Returns whether a class file names a dynamic method and its owner. Avoids the slow rewriting of other classes.
     */
    private static boolean mayCallDynamicMethods(String file) {
        return DYNAMIC_METHODS.entrySet().stream()
                .anyMatch(
                        owner -> file.contains(constant(owner.getKey().getName().replace('.', '/')))
                                && owner.getValue().stream().anyMatch(method -> file.contains(constant(method))));
    }

    /** Returns a text as it appears in a class file: CONSTANT_Utf8, section 4.4.7 of the JVM specification. */
    private static String constant(String text) {
        return "\u0001\u0000" + (char) text.length() + text;
    }

    private static ElementMatcher.Junction<MethodDescription> dynamicMethods() {
        ElementMatcher.Junction<MethodDescription> any = none();
        for (Map.Entry<Class<?>, List<String>> owner : DYNAMIC_METHODS.entrySet()) {
            any = any.or(
                    isDeclaredBy(owner.getKey()).and(namedOneOf(owner.getValue().toArray(String[]::new))));
        }
        return any;
    }
}
