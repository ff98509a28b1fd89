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

/** Tests start programs in one way, so that each of them is skipped where its program is missing. */
class ProcessStartTest {

    private static final Path ROOT = Path.of("..");

    /** A process of its own, or a browser, which Selenium starts and would also look for by itself. */
    private static final Pattern STARTS = Pattern.compile("\\bnew\\s+ProcessBuilder\\b|\\bProcessBuilder::new\\b"
            + "|\\bgetRuntime\\(\\)\\s*\\.exec\\b|\\bnew\\s+\\w+Driver\\(|\\bRemoteWebDriver\\b");

    /** The one way, the browser that takes its programs from there, a program that is no test, and the samples below. */
    private static final List<String> MAY_START =
            List.of("Command.java", "Browser.java", "StartupAndMemoryBenchmark.java", "ProcessStartTest.java");

    private static List<Path> testSources() throws IOException {
        try (Stream<Path> files = Files.find(
                ROOT, 20, (path, about) -> path.toString().matches("\\.\\./[^/]+/src/test/java/.*\\.java"))) {
            return files.toList();
        }
    }

    private static boolean starts(Path source) {
        try {
            return STARTS.matcher(Files.readString(source)).find();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void testsStartProcessesByCommandAlone() throws IOException {
        List<Path> sources = testSources();
        assertThat(sources).hasSizeGreaterThan(100);
        assertThat(sources.stream()
                        .filter(ProcessStartTest::starts)
                        .map(source -> source.getFileName().toString()))
                .containsExactlyInAnyOrderElementsOf(MAY_START);
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
    void otherWaysWouldBeSeen(String code) {
        assertThat(code).containsPattern(STARTS);
    }

    /** What is hidden and installed there is what tests can start. */
    @Test
    void checkOfAFreshCloneKnowsEveryTool() throws IOException {
        assertThat(Pattern.compile("(?m)^    ([a-z-]+)=[a-z0-9-]+$")
                        .matcher(Files.readString(ROOT.resolve(".ci").resolve("run")))
                        .results()
                        .map(match -> match.group(1)))
                .containsExactlyInAnyOrderElementsOf(programs());
    }

    @Test
    void whoContributesIsToldOfEveryTool() throws IOException {
        String text = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
        assertThat(Pattern.compile("what the browser and end-to-end tests start: ([^.]*)\\.")
                        .matcher(text.replaceAll("\\s+", " "))
                        .results()
                        .findFirst()
                        .map((MatchResult match) -> match.group(1).split(", ")))
                .hasValueSatisfying(named -> assertThat(named).containsExactlyInAnyOrderElementsOf(programs()));
    }

    private static List<String> programs() {
        return Arrays.stream(Tool.values()).map(Tool::program).toList();
    }
}
