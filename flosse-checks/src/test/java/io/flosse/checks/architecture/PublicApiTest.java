package io.flosse.checks.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The public API matches the golden files in {@code api/}. {@code -Dapi.update} rewrites these files. */
class PublicApiTest {

    private static final Path GOLDEN_FILES = Path.of("..", "api");

    static Stream<LibraryModule> modules() {
        return LibraryModule.all().stream();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void publicApiMatchesTheGoldenFile(LibraryModule module) throws IOException {
        Path golden = GOLDEN_FILES.resolve(module.name() + ".txt");
        String api = ApiText.of(module);
        if (System.getProperty("api.update") != null) {
            Files.createDirectories(GOLDEN_FILES);
            Files.writeString(golden, api);
        }
        assertThat(golden).isRegularFile();
        assertThat(Files.readString(golden))
                .as(
                        "%s; after an intended change of the API, ./mvnw verify -Dapi.update rewrites it",
                        golden.getFileName())
                .isEqualTo(api);
    }
}
