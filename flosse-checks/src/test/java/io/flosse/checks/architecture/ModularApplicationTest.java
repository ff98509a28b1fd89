package io.flosse.checks.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a modular application must have on its module path. */
class ModularApplicationTest {

    private static final String APPLICATION = """
            package app;

            import io.flosse.Generator;
            import io.flosse.SseEvent;
            import io.flosse.channel.Channels;

            class App {
                static final Generator GENERATOR = (request, sink) -> sink.yield("event", null);
                static final Channels CHANNELS = Channels.builder().historyEvents(5).build();
                static final SseEvent EVENT = SseEvent.of("hello").withEvent("greeting");
            }
            """;

    /** The API without the modules that only its compiler needs, such as that of the nullness annotations. */
    private static String modulePath() {
        List<String> modules = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains("jakarta.json-api")
                        || (entry.contains(File.separator + "flosse-api") && !entry.contains("test")))
                .toList();
        assertThat(modules).hasSize(2);
        return String.join(File.pathSeparator, modules);
    }

    @Test
    void applicationThatRequiresOnlyFlosseCompiles(@TempDir Path folder) throws Exception {
        Path declaration = Files.writeString(folder.resolve("module-info.java"), "module app { requires io.flosse; }");
        Path source = Files.writeString(folder.resolve("App.java"), APPLICATION);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of("--module-path", modulePath(), "-d", folder.toString(), "-Xlint:all", "-Werror"),
                            null,
                            files.getJavaFileObjects(declaration, source))
                    .call();
            assertThat(compiled).as(messages.toString()).isTrue();
        }
    }
}
