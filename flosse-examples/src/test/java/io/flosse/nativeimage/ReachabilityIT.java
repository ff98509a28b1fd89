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
 * The metadata for native images is what the jars of the distribution need; {@code -Dmetadata.update} writes it anew. What
 * Helidon needs is a file for each of its versions, compared when the build runs on that version.
 */
class ReachabilityIT {

    private static final Path ROOT = Path.of("..");
    private static final String FILE = "reachability-metadata.json";

    /** A provider for a library that is not there. */
    private static final Set<String> ABSENT =
            Set.of("io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor");

    private static final List<ApplicationJar> JARS =
            ApplicationJar.distribution(Path.of("target", "flosse-examples.jar"));

    private static final ApplicationJar EXAMPLES = JARS.getFirst();

    /** A metadata file: the module whose it is, its folder there, and what it must hold. */
    record Metadata(ApplicationJar jar, String module, String folder, Reachability needed) {

        String inJar() {
            return "META-INF/native-image/io.flosse/" + module + "/" + folder + FILE;
        }

        Path source() {
            return ROOT.resolve(module).resolve("src/main/resources").resolve(inJar());
        }

        Reachability written() throws IOException {
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
                files.add(new Metadata(jar, jar.name().replaceFirst("-\\d.*", ""), "", RequiredMetadata.ofLibrary(jar)));
            }
        }
        files.add(new Metadata(EXAMPLES, "flosse-examples", "", RequiredMetadata.ofExamples(EXAMPLES, JARS)));
        files.add(
                new Metadata(EXAMPLES, "flosse-examples", "helidon-" + helidonVersion() + "/", RequiredMetadata.ofHelidon(JARS)));
        return files;
    }

    private static String helidonVersion() {
        String jar = "helidon-webserver-";
        return JARS.stream()
                .map(ApplicationJar::name)
                .filter(name -> name.matches(jar + "\\d.*"))
                .map(name -> name.substring(jar.length(), name.length() - ".jar".length()))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("files")
    void metadataIsWhatTheJarsNeed(Metadata file) throws IOException {
        boolean update = System.getProperty("metadata.update") != null;
        if (update && file.needed.isEmpty()) {
            Files.deleteIfExists(file.source());
        } else if (update) {
            Files.createDirectories(file.source().getParent());
            Files.writeString(file.source(), file.needed.json());
        }
        Reachability written = file.written();
        assertThat(written.lacks(file.needed))
                .as("%s lacks this; ./mvnw verify -Dmetadata.update writes it anew", file)
                .isEmpty();
        assertThat(file.needed.lacks(written))
                .as("%s has this, but nothing needs it", file)
                .isEmpty();
        if (!update && !file.needed.isEmpty()) {
            assertThat(file.jar.resources()).containsEntry(file.inJar(), Files.readString(file.source()));
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void anyEntryThatIsTakenOutIsMissed(Metadata file) throws IOException {
        Reachability written = file.written();
        for (String entry : written.lines()) {
            assertThat(written.without(entry).lacks(file.needed)).as(entry).contains(entry);
        }
    }

    /** A mistake in a name would be a gap that nobody sees. */
    @ParameterizedTest
    @MethodSource("files")
    void everyMemberIsThere(Metadata file) throws ReflectiveOperationException {
        for (Map.Entry<String, NavigableSet<String>> type : file.needed.types().entrySet()) {
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
                        Arrays.stream(owner.getDeclaredConstructors()).map(ReachabilityIT::named),
                        Arrays.stream(owner.getDeclaredFields()).map(Field::getName))
                .toList();
    }

    private static String named(Constructor<?> constructor) {
        return Reachability.constructor(Arrays.stream(constructor.getParameterTypes())
                .map(Class::getName)
                .toList());
    }

    @Test
    void everyResourceIsCoveredAndNoGlobIsForNothing() throws IOException {
        Reachability written = files().stream()
                .filter(file -> file.toString().equals("flosse-examples/"))
                .findFirst()
                .orElseThrow()
                .written();
        List<String> resources = RequiredMetadata.resources(EXAMPLES, JARS);
        assertThat(resources).contains("web/index.html", "source/Progress.java", "application.yaml");
        assertThat(written.uncovered(resources)).isEmpty();
        for (String glob : written.globs()) {
            assertThat(written.without("glob " + glob).uncovered(resources))
                    .as(glob)
                    .isNotEmpty();
        }
    }

    /** By the schema that it publishes, and by the reader that native-image itself has. */
    @ParameterizedTest
    @MethodSource("files")
    void graalvmTakesTheFiles(Metadata file) throws IOException {
        if (!file.needed.isEmpty()) {
            String json = Files.readString(file.source());
            assertThat(bySchema(json)).isEmpty();
            assertThat(GraalMetadataParser.complaints(json, folder)).isEmpty();
        }
    }

    private static List<String> bySchema(String json) throws IOException {
        JsonSchema schema = JsonSchema.read(Path.of("target", "schemas", "reachability-metadata-schema-v1.2.0.json"));
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return schema.complaints(reader.readValue());
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
    void graalvmDoesNotTakeAMistake(String mistake) throws IOException {
        assertThat(bySchema(mistake)).isNotEmpty();
        assertThat(GraalMetadataParser.complaints(mistake, folder)).isNotEmpty();
    }
}
