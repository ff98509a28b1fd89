package io.flosse.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The metadata files of the libraries are exactly what the jars of the distribution require. {@code -Dmetadata.update}
 * rewrites them. The metadata of Helidon has one file per version, which is compared when the build uses that version.
 * Whether it suffices is tested by the end-to-end tests against a native image.
 */
class ReachabilityIT {

    private static final Path ROOT = Path.of("..");

    private static final List<ApplicationJar> JARS =
            ApplicationJar.distribution(Path.of("target", "flosse-examples.jar"));

    /** A metadata file: its jar, its subdirectory in the directory of the jar's module, and what it must contain. */
    record Metadata(ApplicationJar jar, String folder, Reachability required) {

        String module() {
            return jar.name().replaceFirst("-\\d.*", "");
        }

        String inJar() {
            return "META-INF/native-image/io.flosse/" + module() + "/" + folder + "reachability-metadata.json";
        }

        Path source() {
            return ROOT.resolve(module()).resolve("src/main/resources").resolve(inJar());
        }

        @Override
        public String toString() {
            return module() + "/" + folder;
        }
    }

    /** Metadata is required of these two libraries only: the others have no service providers. */
    @Test
    void otherLibrariesHaveNoServiceProviders() {
        assertThat(JARS.stream()
                        .filter(jar -> jar.isOf("flosse"))
                        .filter(jar -> !jar.isOf("flosse-helidon") && !jar.isOf("flosse-redis")))
                .isNotEmpty()
                .allSatisfy(jar -> assertThat(jar.services()).as(jar.name()).isEmpty());
    }

    static List<Metadata> files() {
        ApplicationJar helidon = library("flosse-helidon");
        ApplicationJar redis = library("flosse-redis");
        return List.of(
                new Metadata(helidon, "", RequiredMetadata.ofLibrary(helidon)),
                new Metadata(redis, "", RequiredMetadata.ofLibrary(redis)),
                new Metadata(helidon, "helidon-" + helidonVersion() + "/", RequiredMetadata.ofHelidon(JARS)));
    }

    private static ApplicationJar library(String name) {
        return JARS.stream().filter(jar -> jar.isOf(name)).findFirst().orElseThrow();
    }

    private static String helidonVersion() {
        String prefix = "helidon-webserver-";
        return JARS.stream()
                .map(ApplicationJar::name)
                .filter(name -> name.matches(prefix + "\\d.*"))
                .map(name -> name.substring(prefix.length(), name.length() - ".jar".length()))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("files")
    void metadataIsExactlyWhatTheJarsRequire(Metadata file) throws IOException {
        if (System.getProperty("metadata.update") != null) {
            Files.createDirectories(file.source().getParent());
            Files.writeString(file.source(), file.required.json());
        } else {
            assertThat(file.jar.resources()).containsKey(file.inJar());
            assertThat(file.jar.resources().get(file.inJar()))
                    .as("%s is outdated; ./mvnw verify -Dmetadata.update rewrites it", file)
                    .isEqualTo(file.required.json());
        }
    }
}
