package io.flosse.checks.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.Document.Block;
import io.flosse.tools.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** A runner for the programs that the documentation shows. */
final class DocumentProgram {

    private DocumentProgram() {}

    /**
     * Runs the first program of a page in a separate JVM. Only its port is changed.
     *
     * @param test receives the URL of the server
     */
    static void run(Document page, Path folder, ThrowingConsumer<String> test) throws Exception {
        Block block = page.blocks("java").getFirst();
        assertThat(block.text()).as(block.location()).contains(".port(8080)");
        Class<?> program =
                new Snippets(folder).compile(block.text().replace(".port(8080)", ".port(0)"), block.location());
        String classPath = folder + System.getProperty("path.separator") + Snippets.CLASS_PATH;
        Process process = Command.ofJdk("java", "-cp", classPath, program.getName())
                .process()
                .start();
        try (BufferedReader log =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String address = "http://localhost:" + awaitPort(log);
            try {
                test.accept(address);
            } catch (Throwable e) {
                throw new AssertionError("The test of the program at " + block.location() + " failed", e);
            }
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static String awaitPort(BufferedReader log) throws IOException {
        Pattern bound = Pattern.compile("http://\\S+:(\\d+) bound");
        StringBuilder output = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            Matcher matcher = bound.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
            output.append(line).append('\n');
        }
        throw new AssertionError("The program ended before it listened on a port. Its output:\n" + output);
    }
}
