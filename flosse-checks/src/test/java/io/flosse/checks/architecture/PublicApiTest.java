package io.flosse.checks.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The public API is what {@code api/} says; {@code -Dapi.update} writes those files anew. */
class PublicApiTest {

    private static final Path GOLDEN_FILES = Path.of("..", "api");

    static Stream<LibraryModule> modules() {
        return LibraryModule.all().stream();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void publicApiIsTheGoldenFile(LibraryModule module) throws IOException {
        Path golden = GOLDEN_FILES.resolve(module.name() + ".txt");
        String api = ApiText.of(module);
        if (System.getProperty("api.update") != null) {
            Files.createDirectories(GOLDEN_FILES);
            Files.writeString(golden, api);
        }
        assertThat(golden).isRegularFile();
        assertThat(Files.readString(golden))
                .as("%s, to be written anew by ./mvnw verify -Dapi.update", golden.getFileName())
                .isEqualTo(api);
    }
}
