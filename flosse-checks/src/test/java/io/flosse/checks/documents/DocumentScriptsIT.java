package io.flosse.checks.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.examples.fixture.Document;
import io.flosse.examples.fixture.ExamplesServer;
import io.flosse.tools.Command;
import io.flosse.tools.NeedsTools;
import io.flosse.tools.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The JavaScript of the documents is valid and works. */
@NeedsTools(Tool.NODE)
class DocumentScriptsIT {

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> everyScriptIsSyntacticallyValid() {
        return Document.all().stream()
                .flatMap(page -> page.blocks("js").stream())
                .map(block -> DynamicTest.dynamicTest(block.location(), () -> {
                    Path script = Files.writeString(folder.resolve("script.mjs"), block.text());
                    Command.of(Tool.NODE, "--check", script.toString()).run();
                }));
    }

    /** Runs the function of docs/clients.md against the stream of its path. */
    @Test
    void fetchFunctionReadsThePostStream() throws Exception {
        String function = Document.page("docs/clients.md").blocks("js").get(1).text();
        try (ExamplesServer server = ExamplesServer.start()) {
            Path script = Files.writeString(folder.resolve("fetch.mjs"), """
                    const send = globalThis.fetch;
                    globalThis.fetch = (path, options) => send("http://127.0.0.1:%d" + path, options);
                    %s
                    await complete("Hello big world", data => console.log(data));
                    process.exit(0);
                    """.formatted(server.port(), function));
            assertThat(Command.of(Tool.NODE, script.toString()).run().lines())
                    .containsExactly("Hello", "big", "world", "[DONE]");
        }
    }
}
