package io.flosse.checks.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.io.ByteArrayInputStream;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Locale;
import java.util.ResourceBundle;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Library modules do not use dynamic access, because a native image contains only code that native-image can find at
 * build time. They also do not depend on the locale of the machine.
 */
class NoDynamicAccessTest {

    private static final DescribedPredicate<JavaClass> REFLECTION = resideInAPackage("java.lang.reflect..")
            .or(resideInAPackage("java.lang.invoke.."))
            .or(resideInAPackage("sun.."))
            .or(resideInAPackage("jdk.internal.."))
            .or(assignableTo(ServiceLoader.class))
            .or(assignableTo(ResourceBundle.class))
            .or(assignableTo(ObjectInput.class))
            .or(assignableTo(ObjectOutput.class))
            .as("reflection, proxies, Unsafe, service loaders, bundles, serialization");

    private static final DescribedPredicate<JavaCall<?>> ACCESS_BY_NAME = DescribedPredicate.describe(
            "accesses a class, its members or a resource by name",
            call -> !loadsScript(call)
                    && ((call.getTargetOwner().isEquivalentTo(Class.class)
                                    && call.getName()
                                            .matches(
                                                    "forName|newInstance|get(Declared)?(Field|Method|Constructor|Class)(s|es)?"
                                                            + "|getRecordComponents|getResource.*"))
                            || (call.getTargetOwner().isAssignableTo(ClassLoader.class)
                                    && !call.getName().equals("<init>"))));

    /** The Lua scripts of flosse-redis are resources that its reachability metadata lists. */
    private static boolean loadsScript(JavaCall<?> call) {
        return call.getOriginOwner().getName().equals("io.flosse.redis.internal.connection.Script")
                && call.getName().equals("getResourceAsStream");
    }

    private static final DescribedPredicate<JavaCall<?>> LOCALE_DEPENDENT_FORMAT = DescribedPredicate.describe(
            "formats with the default locale",
            call -> call.getTargetOwner().isEquivalentTo(String.class)
                    && (call.getName().equals("formatted")
                            || (call.getName().matches("format|toLowerCase|toUpperCase")
                                    && call.getTarget().getRawParameterTypes().stream()
                                            .noneMatch(type -> type.isEquivalentTo(Locale.class)))));

    /** The other hooks have a stream as a parameter, so the rule about dependencies finds them. */
    private static final Set<String> SERIAL_HOOKS = Set.of("readResolve", "writeReplace");

    private static final DescribedPredicate<JavaClass> HAS_SERIAL_HOOKS = DescribedPredicate.describe(
            "take part in serialization",
            type -> type.getMethods().stream().anyMatch(method -> SERIAL_HOOKS.contains(method.getName())));

    private static final List<ArchRule> RULES = List.of(
            noClasses().should().dependOnClassesThat(REFLECTION),
            noClasses().should().callCodeUnitWhere(ACCESS_BY_NAME),
            noClasses().should().callCodeUnitWhere(LOCALE_DEPENDENT_FORMAT),
            noClasses().should(ArchCondition.from(HAS_SERIAL_HOOKS)));

    @Test
    void librariesUseNoDynamicAccess() {
        JavaClasses libraries = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.flosse")
                .that(DescribedPredicate.not(resideInAPackage("io.flosse.examples..")));
        assertThat(libraries).hasSizeGreaterThan(50);
        RULES.forEach(rule -> rule.check(libraries));
    }

    @Test
    void everyKindOfDynamicAccessIsDetected() {
        // AtomicInteger uses Unsafe.
        List<Class<?>> offenders = List.of(
                ByForName.class,
                ByMember.class,
                ByResource.class,
                ByLoader.class,
                ByProxy.class,
                ByHandle.class,
                ByService.class,
                ByBundle.class,
                BySerialization.class,
                BySerialHook.class,
                ByLocale.class,
                AtomicInteger.class);
        JavaClasses imported = new ClassFileImporter().importClasses(offenders);
        for (Class<?> offender : offenders) {
            JavaClasses single = imported.that(equivalentTo(offender));
            assertThat(RULES)
                    .as(offender.getSimpleName())
                    .anyMatch(rule -> rule.evaluate(single).hasViolation());
        }
    }

    static class ByForName {
        Class<?> find(String name) throws ClassNotFoundException {
            return Class.forName(name, false, null);
        }
    }

    static class ByMember {
        boolean any() {
            return getClass().getDeclaredFields().length > 0;
        }
    }

    static class ByResource {
        boolean any() {
            return ByResource.class.getResource("x") != null;
        }
    }

    static class ByLoader {
        Class<?> find(ClassLoader loader) throws ClassNotFoundException {
            return loader.loadClass("x");
        }
    }

    static class ByProxy {
        boolean any(Object object) {
            return Proxy.isProxyClass(object.getClass());
        }
    }

    static class ByHandle {
        Object lookup() {
            return MethodHandles.lookup();
        }
    }

    static class ByService {
        Object services() {
            return ServiceLoader.load(Runnable.class);
        }
    }

    static class ByBundle {
        Object bundle() {
            return ResourceBundle.getBundle("words");
        }
    }

    static class BySerialization {
        Object read(byte[] bytes) throws Exception {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
                return in.readObject();
            }
        }
    }

    static class BySerialHook {
        Object readResolve() {
            return this;
        }
    }

    static class ByLocale {
        String text(double number) {
            return String.format("%f", number);
        }
    }
}
