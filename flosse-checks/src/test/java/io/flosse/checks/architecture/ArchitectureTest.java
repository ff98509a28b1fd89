package io.flosse.checks.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The layers and the constraints that ARCHITECTURE.md documents. */
class ArchitectureTest {

    private static final int MAX_PUBLIC_TYPES = 40;

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.flosse");

    private static final DescribedPredicate<JavaClass> EXAMPLES = resideInAPackage("io.flosse.examples..");
    private static final DescribedPredicate<JavaClass> HELIDON = resideInAPackage("io.flosse.helidon..");
    private static final DescribedPredicate<JavaClass> REDIS = resideInAPackage("io.flosse.redis..");
    private static final DescribedPredicate<JavaClass> TESTING = resideInAPackage("io.flosse.testing..");
    private static final DescribedPredicate<JavaClass> API =
            not(EXAMPLES).and(not(HELIDON)).and(not(REDIS)).and(not(TESTING)).as("flosse-api");

    private static final DescribedPredicate<JavaMethodCall> WRITES_TO_FRAME_BUFFER = DescribedPredicate.describe(
            "writes to a FrameBuffer",
            call -> call.getTargetOwner().getSimpleName().equals("FrameBuffer")
                    && call.getName().startsWith("write"));

    private static final JavaClasses LIBRARIES = ALL.that(not(EXAMPLES));

    @Test
    void allLibraryModulesAreFound() {
        assertThat(LibraryModule.all())
                .extracting(LibraryModule::name)
                .contains("io.flosse", "io.flosse.helidon", "io.flosse.redis");
    }

    /** Counts top-level types only; users learn nested types together with the enclosing type. */
    @Test
    void numberOfPublicTypesIsLimited() {
        List<Class<?>> types = LibraryModule.all().stream()
                .flatMap(module -> module.publicTypes().stream())
                .filter(type -> type.getEnclosingClass() == null)
                .toList();
        assertThat(types).hasSizeBetween(1, MAX_PUBLIC_TYPES);
    }

    @Test
    void apiDependsOnJsonOnly() {
        classes()
                .that(API)
                .should()
                .onlyDependOnClassesThat(
                        API.or(resideInAnyPackage("java..", "javax.crypto..", "jakarta.json..", "org.jspecify..")))
                .check(LIBRARIES);
    }

    @Test
    void apiDoesNotUseTheNetwork() {
        noClasses()
                .that(API)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.nio.channels..", "javax.net..")
                .check(LIBRARIES);
    }

    @Test
    void otherModulesDependOnTheApiAndNotOnEachOther() {
        noClasses()
                .that(TESTING.or(REDIS))
                .should()
                .dependOnClassesThat(HELIDON.or(resideInAPackage("io.helidon..")))
                .check(LIBRARIES);
        noClasses()
                .that(HELIDON.or(REDIS))
                .should()
                .dependOnClassesThat(TESTING)
                .check(LIBRARIES);
        noClasses()
                .that(HELIDON.or(TESTING))
                .should()
                .dependOnClassesThat(REDIS)
                .check(LIBRARIES);
    }

    @Test
    void examplesDoNotUseInternalPackages() {
        noClasses()
                .that(EXAMPLES)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.flosse..internal..")
                .check(ALL);
    }

    /** Layers from top to bottom. A package may import the packages below it. */
    private static final List<List<String>> LAYERS = List.of(
            List.of(
                    "io.flosse.helidon.internal",
                    "io.flosse.helidon",
                    "io.flosse.helidon.internal.admission",
                    "io.flosse.helidon.internal.stream",
                    "io.flosse.helidon.internal.server",
                    "io.flosse.helidon.internal.request",
                    "io.flosse.helidon.internal.transport",
                    "io.flosse.helidon.internal.timing",
                    "io.flosse.helidon.internal.settings"),
            List.of(
                    "io.flosse.internal.channel",
                    "io.flosse.internal.channel.job",
                    "io.flosse.internal.channel.memory",
                    "io.flosse.internal.channel.fanout",
                    "io.flosse.internal.channel.log",
                    "io.flosse.internal.channel.backend",
                    "io.flosse.internal.wire",
                    "io.flosse.internal"),
            List.of(
                    "io.flosse.redis",
                    "io.flosse.redis.internal",
                    "io.flosse.redis.internal.job",
                    "io.flosse.redis.internal.channel",
                    "io.flosse.redis.internal.connection"));

    static Stream<Arguments> upwardImports() {
        return LAYERS.stream()
                .flatMap(layers -> IntStream.range(1, layers.size())
                        .mapToObj(i -> Arguments.of(layers.get(i), layers.subList(0, i))));
    }

    @ParameterizedTest
    @MethodSource("upwardImports")
    void packagesDoNotImportHigherLayers(String layer, List<String> above) {
        noClasses()
                .that()
                .resideInAPackage(layer)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(above.toArray(String[]::new))
                .check(LIBRARIES);
    }

    @Test
    void everyInternalPackageBelongsToALayer() {
        Set<String> layered = LAYERS.stream().flatMap(List::stream).collect(Collectors.toSet());

        assertThat(LIBRARIES.stream().map(JavaClass::getPackageName).filter(name -> name.contains(".internal")))
                .isSubsetOf(layered);
    }

    @Test
    void onlyFramesAndTransportWriteToFrameBuffers() {
        noClasses()
                .that(not(simpleName("Frames")))
                .and(not(simpleName("FrameBuffer")))
                .and()
                .resideOutsideOfPackage("io.flosse.helidon.internal.transport")
                .should()
                .callMethodWhere(WRITES_TO_FRAME_BUFFER)
                .check(LIBRARIES);
    }

    @Test
    void onlyTransportAccessesTheConnection() {
        noClasses()
                .that()
                // The service providers wrap connections that Helidon passes to them.
                .resideOutsideOfPackages("io.flosse.helidon.internal.transport", "io.flosse.helidon.internal")
                // UnreadBody closes connections with an unread request body. At that time no stream owns the
                // connection.
                .and(not(simpleName("UnreadBody")))
                // The client of flosse-testing opens its own sockets.
                .and()
                .resideOutsideOfPackage("io.flosse.testing")
                .should()
                .dependOnClassesThat(simpleName("ConnectionContext")
                        .or(simpleName("DataWriter"))
                        .or(simpleName("DataReader"))
                        .or(simpleName("Socket")))
                .check(LIBRARIES);
    }

    @Test
    void staticFieldsAreFinal() {
        fields().that()
                .areStatic()
                // Helidon creates the health check without a server, so its state belongs to the JVM.
                .and()
                .areNotDeclaredIn("io.flosse.helidon.internal.server.DrainingServers")
                .should()
                .beFinal()
                .check(LIBRARIES);
    }

    @Test
    void librariesDoNotPrint() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(LIBRARIES);
    }
}
