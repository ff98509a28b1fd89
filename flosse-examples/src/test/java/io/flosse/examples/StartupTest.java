package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The startup time that the examples server prints. */
class StartupTest {

    @Test
    void startTimeIsReadFromProc() {
        String stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 143000 9 10";
        assertThat(Startup.sinceStart(stat, "1431.34 790.23\n")).isEqualTo(Duration.ofMillis(1340));
    }

    @Test
    void insideAnotherProgramTheTimeCountsFromMain() {
        Instant main = Instant.now();
        Duration shown = CompletableFuture.supplyAsync(() -> sinceStart(main)).join();
        assertThat(shown).isBetween(Duration.ZERO, Duration.between(main, Instant.now()));
    }

    private static Duration sinceStart(Instant main) {
        try {
            return Startup.sinceStartOfProcess(main);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
