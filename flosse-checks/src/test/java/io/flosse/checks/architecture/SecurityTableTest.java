package io.flosse.checks.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every row of the table in SECURITY.md names tests that exist and are enabled. */
class SecurityTableTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern TEST_NAME = Pattern.compile("`(\\w+)\\.(\\w+)`");
    private static final Pattern TEST_ANNOTATION = Pattern.compile("@(Test|ParameterizedTest|RepeatedTest)\\b");
    private static final Pattern DISABLED_ANNOTATION = Pattern.compile("@Disabled");

    @Test
    void everyAttackHasExistingTests() throws IOException {
        List<String> rows = rows();
        assertThat(rows).hasSizeGreaterThan(25);
        for (String row : rows) {
            String tests = row.split("\\|")[3];
            List<MatchResult> names = TEST_NAME.matcher(tests).results().toList();
            assertThat(names).as(row).isNotEmpty();
            for (MatchResult test : names) {
                String source = source(test.group(1));
                assertThat(declaration(source, test.group(2)))
                        .as(test.group() + " of " + row)
                        .hasValueSatisfying(text -> assertThat(text)
                                .containsPattern(TEST_ANNOTATION)
                                .doesNotContainPattern(DISABLED_ANNOTATION));
            }
        }
    }

    private static List<String> rows() throws IOException {
        return Files.readAllLines(ROOT.resolve("SECURITY.md")).stream()
                .dropWhile(line -> !line.equals("| attack | what flosse does | test |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();
    }

    /** Returns the source of a test class of any module. */
    private static String source(String type) throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.filter(path -> Files.isDirectory(path.resolve("src/test/java")))
                    .toList()) {
                try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
                    Optional<Path> found = files.filter(
                                    file -> file.getFileName().toString().equals(type + ".java"))
                            .findFirst();
                    if (found.isPresent()) {
                        return Files.readString(found.get());
                    }
                }
            }
        }
        throw new AssertionError("SECURITY.md names the test class " + type + ", which does not exist");
    }

    /** Returns the source from the blank line before a method to its name: its comment and annotations. */
    private static Optional<String> declaration(String source, String method) {
        int start = source.indexOf("void " + method + "(");
        return start < 0 ? Optional.empty() : Optional.of(source.substring(source.lastIndexOf("\n\n", start), start));
    }
}
