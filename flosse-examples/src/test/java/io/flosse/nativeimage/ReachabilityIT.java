package io.flosse.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The metadata files for native images contain exactly what the jars of the distribution require. {@code
 * -Dmetadata.update} rewrites them. The metadata of Helidon has one file per version, which is compared when the build
 * uses that version.
 */
class ReachabilityIT {

    private static final Path ROOT = Path.of("..");
    private static final String FILE = "reachability-metadata.json";

    /** Service providers for a library that is not on the class path. */
    private static final Set<String> ABSENT =
            Set.of("io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor");

    private static final List<ApplicationJar> JARS =
            ApplicationJar.distribution(Path.of("target", "flosse-examples.jar"));

    private static final ApplicationJar EXAMPLES = JARS.getFirst();

    /** A metadata file: its jar, module and directory, and the metadata that it must contain. */
    record Metadata(ApplicationJar jar, String module, String folder, Reachability required) {

        String inJar() {
            return "META-INF/native-image/io.flosse/" + module + "/" + folder + FILE;
        }

        Path source() {
            return ROOT.resolve(module).resolve("src/main/resources").resolve(inJar());
        }

        Reachability actual() throws IOException {
            return Files.exists(source()) ? Reachability.parse(Files.readString(source())) : new Reachability();
        }

        @Override
        public String toString() {
            return module + "/" + folder;
        }
    }

    @TempDir
    Path folder;

    static List<Metadata> files() {
        List<Metadata> files = new ArrayList<>();
        for (ApplicationJar jar : JARS) {
            if (jar.isOf("flosse")) {
                files.add(
                        new Metadata(jar, jar.name().replaceFirst("-\\d.*", ""), "", RequiredMetadata.ofLibrary(jar)));
            }
        }
        files.add(new Metadata(EXAMPLES, "flosse-examples", "", RequiredMetadata.ofExamples(EXAMPLES, JARS)));
        files.add(new Metadata(
                EXAMPLES, "flosse-examples", "helidon-" + helidonVersion() + "/", RequiredMetadata.ofHelidon(JARS)));
        return files;
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
        boolean update = System.getProperty("metadata.update") != null;
        if (update && file.required.isEmpty()) {
            Files.deleteIfExists(file.source());
        } else if (update) {
            Files.createDirectories(file.source().getParent());
            Files.writeString(file.source(), file.required.json());
        }
        Reachability actual = file.actual();
        assertThat(actual.missing(file.required))
                .as("%s lacks these entries; ./mvnw verify -Dmetadata.update rewrites it", file)
                .isEmpty();
        assertThat(file.required.missing(actual))
                .as("%s has these entries, but no jar requires them; ./mvnw verify -Dmetadata.update rewrites it", file)
                .isEmpty();
        if (!update && !file.required.isEmpty()) {
            assertThat(file.jar.resources()).containsEntry(file.inJar(), Files.readString(file.source()));
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void removedEntryIsReportedAsMissing(Metadata file) throws IOException {
        Reachability actual = file.actual();
        for (String entry : actual.lines()) {
            assertThat(actual.without(entry).missing(file.required)).as(entry).contains(entry);
        }
    }

    /** A misspelled name in the metadata has no effect, so no other check would find it. */
    @ParameterizedTest
    @MethodSource("files")
    void everyListedMemberExists(Metadata file) throws ReflectiveOperationException {
        for (Map.Entry<String, NavigableSet<String>> type :
                file.required.types().entrySet()) {
            for (String member : type.getValue()) {
                if (!ABSENT.contains(type.getKey())) {
                    assertThat(members(type.getKey())).contains(member);
                }
            }
        }
    }

    private static List<String> members(String type) throws ReflectiveOperationException {
        Class<?> owner = Class.forName(type, false, ReachabilityIT.class.getClassLoader());
        return Stream.concat(
                        Arrays.stream(owner.getDeclaredConstructors()).map(ReachabilityIT::memberName),
                        Arrays.stream(owner.getDeclaredFields()).map(Field::getName))
                .toList();
    }

    private static String memberName(Constructor<?> constructor) {
        return Reachability.constructor(Arrays.stream(constructor.getParameterTypes())
                .map(Class::getName)
                .toList());
    }

    @Test
    void everyResourceIsCoveredAndEveryGlobIsUsed() throws IOException {
        Reachability actual = files().stream()
                .filter(file -> file.toString().equals("flosse-examples/"))
                .findFirst()
                .orElseThrow()
                .actual();
        List<String> resources = RequiredMetadata.resources(EXAMPLES, JARS);
        assertThat(resources).contains("web/index.html", "source/Progress.java", "application.yaml");
        assertThat(actual.uncovered(resources)).isEmpty();
        for (String glob : actual.globs()) {
            assertThat(actual.without("glob " + glob).uncovered(resources))
                    .as(glob)
                    .isNotEmpty();
        }
    }

    /** Checks the files with the published schema and with the parser of native-image. */
    @ParameterizedTest
    @MethodSource("files")
    void graalvmAcceptsTheFiles(Metadata file) throws IOException {
        if (!file.required.isEmpty()) {
            String json = Files.readString(file.source());
            assertThat(schemaViolations(json)).isEmpty();
            assertThat(GraalMetadataParser.errors(json, folder)).isEmpty();
        }
    }

    private static List<String> schemaViolations(String json) throws IOException {
        JsonSchema schema = JsonSchema.read(Path.of("target", "schemas", "reachability-metadata-schema-v1.2.0.json"));
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return schema.violations(reader.readValue());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"reflections\":[{\"type\":\"a.B\"}]}",
                "{\"reflection\":{\"type\":\"a.B\"}}",
                "{\"reflection\":[{\"class\":\"a.B\"}]}",
                "{\"reflection\":[{\"type\":\"a.B\",\"field\":[{\"name\":\"x\"}]}]}",
                "{\"reflection\":[{\"type\":\"a.B\",\"fields\":[{\"nam\":\"x\"}]}]}",
                "{\"reflection\":[{\"type\":\"a.B\",\"methods\":[{\"name\":\"x\",\"parameters\":[\"int\"]}]}]}",
                "{\"resources\":[{\"pattern\":\"x\"}]}",
                "{\"resources\":[{\"glob\":7}]}"
            })
    void graalvmRefusesInvalidMetadata(String json) throws IOException {
        assertThat(schemaViolations(json)).isNotEmpty();
        assertThat(GraalMetadataParser.errors(json, folder)).isNotEmpty();
    }
}
