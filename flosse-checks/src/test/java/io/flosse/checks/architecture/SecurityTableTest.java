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

/** Holds SECURITY.md to its word: each row names tests, and each of them is one. */
class SecurityTableTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)\\.(\\w+)`");
    private static final Pattern IS_A_TEST = Pattern.compile("@(Test|ParameterizedTest|RepeatedTest)\\b");
    private static final Pattern IS_DISABLED = Pattern.compile("@Disabled");

    @Test
    void eachAttackNamesTestsThatExist() throws IOException {
        List<String> rows = rows();
        assertThat(rows).hasSizeGreaterThan(25);
        for (String row : rows) {
            String tests = row.split("\\|")[3];
            List<MatchResult> named = NAMED.matcher(tests).results().toList();
            assertThat(named).as(row).isNotEmpty();
            for (MatchResult test : named) {
                String source = source(test.group(1));
                assertThat(declaration(source, test.group(2)))
                        .as(test.group() + " of " + row)
                        .hasValueSatisfying(text ->
                                assertThat(text).containsPattern(IS_A_TEST).doesNotContainPattern(IS_DISABLED));
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

    /** The source of a test class of any module. */
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
        throw new AssertionError("There is no test class " + type);
    }

    /** From the blank line before a method to its name: its comment and annotations. */
    private static Optional<String> declaration(String source, String method) {
        int at = source.indexOf("void " + method + "(");
        return at < 0 ? Optional.empty() : Optional.of(source.substring(source.lastIndexOf("\n\n", at), at));
    }
}
