package io.flosse.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
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
import org.junit.jupiter.api.Test;

/** The layers of ARCHITECTURE.md, and what no library module does. */
class ArchitectureTest {

    private static final int MOST_PUBLIC_TYPES = 30;

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

    private static final DescribedPredicate<JavaMethodCall> WRITES_INTO_A_FRAME = DescribedPredicate.describe(
            "writes into a FrameBuffer",
            call -> call.getTargetOwner().getSimpleName().equals("FrameBuffer")
                    && call.getName().startsWith("write"));

    private static final JavaClasses LIBRARIES = ALL.that(not(EXAMPLES));

    @Test
    void allLibraryModulesAreSeen() {
        assertThat(LibraryModule.all())
                .extracting(LibraryModule::name)
                .contains("io.flosse", "io.flosse.helidon", "io.flosse.redis");
    }

    /** Counted are top-level types: what is nested is learned with the type around it. */
    @Test
    void publicTypesStayFew() {
        List<Class<?>> types = LibraryModule.all().stream()
                .flatMap(module -> module.publicTypes().stream())
                .filter(type -> type.getEnclosingClass() == null)
                .toList();
        assertThat(types).hasSizeBetween(1, MOST_PUBLIC_TYPES);
    }

    @Test
    void apiKnowsJsonAndNothingElse() {
        classes()
                .that(API)
                .should()
                .onlyDependOnClassesThat(
                        API.or(resideInAnyPackage("java..", "javax.crypto..", "jakarta.json..", "org.jspecify..")))
                .check(LIBRARIES);
    }

    @Test
    void apiOpensNoSocket() {
        noClasses()
                .that(API)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.nio.channels..", "javax.net..")
                .check(LIBRARIES);
    }

    @Test
    void otherModulesKnowTheApiAndNotEachOther() {
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
    void examplesUseWhatUsersCanUse() {
        noClasses()
                .that(EXAMPLES)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.flosse..internal..")
                .check(ALL);
    }

    @Test
    void framesAloneKnowsTheWireAndTransportsTheChunks() {
        noClasses()
                .that(not(simpleName("Frames")))
                .and(not(simpleName("FrameBuffer")))
                .and()
                .haveSimpleNameNotEndingWith("Transport")
                .should()
                .callMethodWhere(WRITES_INTO_A_FRAME)
                .check(LIBRARIES);
    }

    @Test
    void transportsAloneTouchTheConnection() {
        noClasses()
                .that()
                .haveSimpleNameNotEndingWith("Transport")
                .and(not(simpleName("Watchdog")))
                // It hands the connection's reader to the watchdog.
                .and(not(simpleName("StreamRun")))
                .and(not(simpleName("ConnectionSink")))
                // Ends a connection whose request was answered before its body was read: no stream has one yet.
                .and(not(simpleName("UnreadBody")))
                // Sends the head of a stream.
                .and(not(nameMatching(".*\\.ResponseHead(\\$.*)?")))
                // Tries what this Helidon has.
                .and(not(nameMatching(".*\\.HelidonLine(\\$.*)?")))
                // What wraps an HTTP/2 connection, below the transports.
                .and()
                .haveSimpleNameNotStartingWith("Http2")
                // The client of flosse-testing is the other end.
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
    void noStaticState() {
        fields().that()
                .areStatic()
                // Helidon makes the health check without a server: what it tells can be known for the JVM only.
                .and()
                .areNotDeclaredIn("io.flosse.helidon.internal.server.DrainingServers")
                .should()
                .beFinal()
                .check(LIBRARIES);
    }

    @Test
    void nothingIsPrinted() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(LIBRARIES);
    }
}
