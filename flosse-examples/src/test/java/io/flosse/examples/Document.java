package io.flosse.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One page of the documentation in its parts: code blocks and tables.
 *
 * @param name its path from the root of the repository, such as {@code docs/routes.md}
 * @param lines its text
 */
public record Document(String name, List<String> lines) {

    // Tests run in the folder of their module.
    public static final Path ROOT = Path.of("..");

    /**
     * A code block.
     *
     * @param place the page and the number of its first line, such as {@code docs/routes.md:44}
     * @param text what is between the fences
     */
    public record Block(String place, String text) {}

    /** README.md and every page in docs, without the decisions. */
    public static List<Document> all() {
        try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
            List<Document> all = new ArrayList<>();
            all.add(page("README.md"));
            pages.map(page -> page.getFileName().toString())
                    .filter(name -> name.endsWith(".md"))
                    .sorted()
                    .forEach(name -> all.add(page("docs/" + name)));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Document page(String name) {
        try {
            return new Document(name, Files.readAllLines(ROOT.resolve(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String text() {
        return String.join("\n", lines);
    }

    /** The first line with a text, such as {@code docs/routes.md:44}. */
    public String place(String text) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(text)) {
                return name + ":" + (i + 1) + " " + text;
            }
        }
        throw new AssertionError(name + " has no line with " + text);
    }

    /** The blocks of a language, in order. */
    public List<Block> blocks(String language) {
        List<Block> blocks = new ArrayList<>();
        StringBuilder inside = null;
        int first = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (inside == null && line.equals("```" + language)) {
                inside = new StringBuilder();
                first = i + 2;
            } else if (inside != null && line.equals("```")) {
                blocks.add(new Block(name + ":" + first, inside.toString()));
                inside = null;
            } else if (inside != null) {
                inside.append(line).append('\n');
            }
        }
        return blocks;
    }

    /** The text of the first block of a language. */
    public String block(String language) {
        return blocks(language).stream()
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " has no block of " + language))
                .text();
    }

    /** The rows of the table with this header, each a list of its cells. */
    public List<List<String>> table(String header) {
        int at = lines.indexOf(header);
        if (at < 0) {
            throw new AssertionError(name + " has no table with the header " + header);
        }
        return lines.stream()
                .skip(at + 2L)
                .takeWhile(line -> line.startsWith("|"))
                .map(Document::cells)
                .toList();
    }

    private static List<String> cells(String row) {
        return Arrays.stream(row.substring(1, row.length() - 1).split("\\|"))
                .map(String::strip)
                .toList();
    }

    /** The text between the first pair of backticks; all of the cell where there is none. */
    public static String code(String cell) {
        int start = cell.indexOf('`');
        return start < 0 ? cell : cell.substring(start + 1, cell.indexOf('`', start + 1));
    }

    /** A cell with a code span for each line, joined by {@code <br>}, as the lines that it shows. */
    public static String codeLines(String cell) {
        return String.join(
                        "\n",
                        Arrays.stream(cell.split("<br>")).map(Document::code).toList()) + "\n";
    }
}
