package io.flosse.nativeimage;

import static net.bytebuddy.matcher.ElementMatchers.any;
import static net.bytebuddy.matcher.ElementMatchers.isDeclaredBy;
import static net.bytebuddy.matcher.ElementMatchers.nameMatches;
import static net.bytebuddy.matcher.ElementMatchers.named;
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
import java.util.ResourceBundle;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.regex.Pattern;
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
 * {@link AccessLog} of each class, member, resource or service that their code reaches by name. Test classes are left alone.
 */
public final class TracingAgent implements ClassFileTransformer {

    /** The methods that reach something by name. */
    private static final ElementMatcher.Junction<MethodDescription> DYNAMIC = isDeclaredBy(Class.class)
            .and(nameMatches("forName|newInstance|get(Declared)?(Field|Method|Constructor)s?|getRecordComponents"
                    + "|getResource|getResourceAsStream"))
            .or(isDeclaredBy(ClassLoader.class).and(nameMatches("loadClass|resources|getResource.*")))
            .or(isDeclaredBy(ServiceLoader.class).and(named("load")))
            .or(isDeclaredBy(ResourceBundle.class).and(named("getBundle")))
            .or(isDeclaredBy(Proxy.class))
            .or(isDeclaredBy(ObjectInputStream.class).and(named("readObject")))
            .or(isDeclaredBy(ObjectOutputStream.class).and(named("writeObject")));

    /** A class file without any of these words needs no closer look. */
    private static final Pattern SUSPICIOUS = Pattern.compile(
            "java/lang/(Class|ClassLoader|reflect/Proxy)\\b|ServiceLoader|ResourceBundle|java/io/Object");

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
        AccessLog.agentIsThere();
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

    /** The same class with a call of {@link AccessLog#before} before each call of a dynamic method; null: it has none. */
    static byte @Nullable [] rewrite(String internalName, byte[] file, ClassLoader loader) {
        if (!SUSPICIOUS.matcher(new String(file, StandardCharsets.ISO_8859_1)).find()) {
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
                        .method(DYNAMIC)
                        .replaceWithChain(Step.ForDelegation.to(AccessLog.BEFORE), Step.OfOriginalExpression.INSTANCE)
                        .on(any()))
                .make(types)
                .getBytes();
    }
}
