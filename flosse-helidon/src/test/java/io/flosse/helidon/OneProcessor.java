package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.tools.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Runs programs whose virtual threads have one processor. */
final class OneProcessor {

    private OneProcessor() {}

    /** Runs it to its end, and gives what it printed. */
    static String run(Class<?> program) throws IOException, InterruptedException {
        Process process = Command.ofJdk(
                        "java",
                        "-Djdk.virtualThreadScheduler.parallelism=1",
                        "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())
                .process()
                .start();
        try {
            assertThat(process.waitFor(LifeServer.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
