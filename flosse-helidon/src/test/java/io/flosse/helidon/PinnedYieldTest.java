package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** On TLS who yields waits for another virtual thread, which gets no processor where all of them wait and are pinned. */
class PinnedYieldTest {

    @Test
    void writesByItselfWhenNobodyElseCan() throws Exception {
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djdk.virtualThreadScheduler.parallelism=1",
                        "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PinnedYield.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(program.waitFor(LifeServer.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualToIgnoringNewLines("written");
        } finally {
            program.destroyForcibly();
        }
    }
}
