package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.TestServer;
import io.flosse.hello.Hello;
import io.flosse.tools.Command;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program of the README starts with and without the optional module helidon-webserver-http2. */
class Http2OptionalTest {

    private static final List<Path> CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();

    private static boolean isHttp2(Path entry) {
        return entry.getFileName().toString().matches("helidon-(webserver|http)-http2-.*");
    }

    /**
     * Returns whether the program needs this entry as a module. Excludes the libraries of the tests, which need further modules.
     */
    private static boolean isModule(Path entry) {
        String name = entry.getFileName().toString();
        return (name.matches("(helidon|jakarta\\.json-api|parsson|jspecify|flosse)-.*")
                        && !name.matches(
                                ".*(test|yaml|json[b-]|observe|providers|webclient|integration|tracing-config).*"
                                        + "|helidon-security-.*|helidon-webserver-(security|cors|context|service)-.*"))
                || name.startsWith("jakarta.json-api")
                || entry.endsWith(Path.of("target", "classes"));
    }

    private static String join(Predicate<Path> which) {
        return String.join(
                File.pathSeparator,
                CLASS_PATH.stream().filter(which).map(Path::toString).toList());
    }

    private static String run(List<String> paths) throws Exception {
        List<String> command = new ArrayList<>();
        command.addAll(paths);
        command.add(Hello.class.getName());
        Process process = Command.ofJdk("java", command.toArray(String[]::new))
                .process()
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(TestServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void http2IsOnTheClassPathOfTheTests() {
        assertThat(CLASS_PATH).filteredOn(Http2OptionalTest::isHttp2).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void programStartsOnTheClassPath(boolean http2) throws Exception {
        String output = run(List.of("-cp", join(entry -> http2 || !isHttp2(entry))));

        assertThat(output)
                .contains("data: tick 0")
                .contains("unnamed module")
                .doesNotContain("module io.flosse.helidon");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void programStartsOnTheModulePath(boolean http2, @TempDir Path programs) throws Exception {
        // Copied to its own folder, so that no other test class is found.
        Path program = Path.of(Hello.class.getName().replace('.', '/') + ".class");
        Path tests = Path.of(
                Hello.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Files.createDirectories(programs.resolve(program).getParent());
        Files.copy(tests.resolve(program), programs.resolve(program));

        String output = run(List.of(
                "-p",
                join(entry -> isModule(entry) && (http2 || !isHttp2(entry))),
                "--add-modules",
                "io.flosse.helidon",
                "-cp",
                programs.toString()));

        assertThat(output).contains("data: tick 0").contains("module io.flosse.helidon");
    }
}
