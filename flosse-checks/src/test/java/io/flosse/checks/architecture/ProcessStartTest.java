package io.flosse.checks.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.tools.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests start programs only through {@code Command}, so that a test is skipped if its program is not installed. */
class ProcessStartTest {

    private static final Path ROOT = Path.of("..");

    /** Code that starts a process, or a browser; Selenium would also search and download browsers by itself. */
    private static final Pattern STARTS_PROCESS =
            Pattern.compile("\\bnew\\s+ProcessBuilder\\b|\\bProcessBuilder::new\\b"
                    + "|\\bgetRuntime\\(\\)\\s*\\.exec\\b|\\bnew\\s+\\w+Driver\\(|\\bRemoteWebDriver\\b");

    /** {@code Command}, the browser fixture, a benchmark that is not a test, and the samples of this test. */
    private static final List<String> ALLOWED =
            List.of("Command.java", "Browser.java", "StartupAndMemoryBenchmark.java", "ProcessStartTest.java");

    private static List<Path> testSources() throws IOException {
        try (Stream<Path> files = Files.find(
                ROOT, 20, (path, attributes) -> path.toString().matches("\\.\\./[^/]+/src/test/java/.*\\.java"))) {
            return files.toList();
        }
    }

    private static boolean startsProcess(Path source) {
        try {
            return STARTS_PROCESS.matcher(Files.readString(source)).find();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void testsStartProcessesThroughCommandOnly() throws IOException {
        List<Path> sources = testSources();
        assertThat(sources).hasSizeGreaterThan(100);
        assertThat(sources.stream()
                        .filter(ProcessStartTest::startsProcess)
                        .map(source -> source.getFileName().toString()))
                .containsExactlyInAnyOrderElementsOf(ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Process nginx = new ProcessBuilder(\"nginx\").start();",
                "starts.map(ProcessBuilder::new)",
                "Runtime.getRuntime()\n.exec(\"curl\")",
                "return new ChromeDriver(options);",
                "RemoteWebDriver.builder()"
            })
    void otherWaysToStartAProcessAreDetected(String code) {
        assertThat(code).containsPattern(STARTS_PROCESS);
    }

    /** {@code .ci/run} hides and installs exactly the programs that tests can start. */
    @Test
    void ciScriptListsEveryTool() throws IOException {
        assertThat(Pattern.compile("(?m)^    ([a-z0-9-]+)=[a-z0-9-]+$")
                        .matcher(Files.readString(ROOT.resolve(".ci").resolve("run")))
                        .results()
                        .map(match -> match.group(1)))
                .containsExactlyInAnyOrderElementsOf(programs());
    }

    @Test
    void contributingGuideListsEveryTool() throws IOException {
        String text = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
        assertThat(Pattern.compile("what the browser and end-to-end tests start: ([^.]*)\\.")
                        .matcher(text.replaceAll("\\s+", " "))
                        .results()
                        .findFirst()
                        .map((MatchResult match) -> match.group(1).split(", ")))
                .hasValueSatisfying(names -> assertThat(names).containsExactlyInAnyOrderElementsOf(programs()));
    }

    private static List<String> programs() {
        return Arrays.stream(Tool.values()).map(Tool::program).toList();
    }
}
