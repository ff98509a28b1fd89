package io.flosse.checks.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Document;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The links between the documents: each target file and heading exists. */
class DocumentLinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");

    /** Returns every Markdown file in the root and in docs. */
    private static List<Path> documents() throws IOException {
        try (Stream<Path> root = Files.list(Document.ROOT);
                Stream<Path> docs = Files.walk(Document.ROOT.resolve("docs"))) {
            return Stream.concat(root, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void everyLinkHasAnExistingTarget() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents()) {
            List<String> lines = prose(document);
            for (int i = 0; i < lines.size(); i++) {
                Matcher link = LINK.matcher(CODE.matcher(lines.get(i)).replaceAll("code"));
                while (link.find()) {
                    links++;
                    if (!exists(document, link.group(1))) {
                        broken.add(Document.ROOT.relativize(document) + ":" + (i + 1) + " " + link.group(1));
                    }
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(links).isGreaterThan(200);
    }

    private static boolean exists(Path document, String target) throws IOException {
        if (target.matches("[a-z]+:.*")) {
            return true; // external links are not checked: a build does not depend on the network
        }
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty()
                ? document
                : document.resolveSibling(URLDecoder.decode(parts[0], StandardCharsets.UTF_8))
                        .normalize();
        return Files.exists(file) && (parts.length == 1 || anchors(file).contains(parts[1]));
    }

    /** Returns the lines of a document, with empty lines in place of its code blocks. */
    private static List<String> prose(Path document) throws IOException {
        List<String> prose = new ArrayList<>();
        boolean inCode = false;
        for (String line : Files.readAllLines(document)) {
            boolean fence = line.strip().startsWith("```");
            prose.add(inCode || fence ? "" : line);
            inCode ^= fence;
        }
        return prose;
    }

    /** Returns the anchors that GitHub generates for the headings of a document. */
    private static Set<String> anchors(Path document) throws IOException {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> counts = new HashMap<>();
        for (String line : prose(document)) {
            if (line.matches("#{1,6} .*")) {
                String anchor = line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-');
                int duplicates = counts.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(duplicates == 0 ? anchor : anchor + "-" + duplicates);
            }
        }
        return anchors;
    }

    @Test
    void everyPageIsLinkedFromTheReadmeAndTheIndex() {
        String front = Document.page("README.md").text();
        String index = Document.page("docs/README.md").text();
        for (Document page : Document.all()) {
            String name = page.name().replace("docs/", "");
            if (!name.equals("README.md")) {
                assertThat(front).contains("](docs/" + name + ")");
                assertThat(index).contains("](" + name + ")");
            }
        }
    }

    /** Each page starts with its title and a list of its chapters. */
    @Test
    void everyPageListsItsChapters() {
        for (Document page : Document.all()) {
            List<String> chapters = page.lines().stream()
                    .filter(line -> line.startsWith("## "))
                    .map(line -> line.substring(3))
                    .filter(title -> !title.equals("Contents"))
                    .toList();
            assertThat(page.lines().getFirst()).as(page.name()).startsWith("# ");
            if (chapters.isEmpty()) {
                continue;
            }
            assertThat(page.lines().stream().filter(line -> line.startsWith("- [")))
                    .as(page.name())
                    .extracting(line -> line.substring(3, line.indexOf(']')))
                    .containsSubsequence(chapters);
        }
    }

    @Test
    void readmeIsShort() {
        assertThat(Document.page("README.md").lines()).hasSizeLessThanOrEqualTo(200);
    }
}
