package io.flosse.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** README.md in its parts: code blocks and tables. */
final class Readme {

    private final List<String> lines;

    private Readme(List<String> lines) {
        this.lines = lines;
    }

    static Readme read() {
        try {
            // Tests run in the folder of their module.
            return new Readme(Files.readAllLines(Path.of("..", "README.md")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text() {
        return String.join("\n", lines);
    }

    /** The blocks of a language, in order. */
    List<String> blocks(String language) {
        List<String> blocks = new ArrayList<>();
        StringBuilder inside = null;
        for (String line : lines) {
            if (inside == null && line.equals("```" + language)) {
                inside = new StringBuilder();
            } else if (inside != null && line.equals("```")) {
                blocks.add(inside.toString());
                inside = null;
            } else if (inside != null) {
                inside.append(line).append('\n');
            }
        }
        return blocks;
    }

    /** The rows of the table with this header, each a list of its cells. */
    List<List<String>> table(String header) {
        int at = lines.indexOf(header);
        if (at < 0) {
            throw new AssertionError("README.md has no table with the header " + header);
        }
        return lines.stream()
                .skip(at + 2L)
                .takeWhile(line -> line.startsWith("|"))
                .map(Readme::cells)
                .toList();
    }

    private static List<String> cells(String row) {
        return Arrays.stream(row.substring(1, row.length() - 1).split("\\|"))
                .map(String::strip)
                .toList();
    }

    /** What stands between the first pair of backticks; all of it where there is none. */
    static String code(String cell) {
        int start = cell.indexOf('`');
        return start < 0 ? cell : cell.substring(start + 1, cell.indexOf('`', start + 1));
    }

    /** A cell with a code span for each line, joined by {@code <br>}, as the lines that it shows. */
    static String codeLines(String cell) {
        return String.join(
                        "\n",
                        Arrays.stream(cell.split("<br>")).map(Readme::code).toList()) + "\n";
    }
}
