package io.flosse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.tools.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long after its yield each tick of {@code /sse/ticks} comes out of a program such as curl. */
final class Arrivals {

    private static final Pattern TICK = Pattern.compile("data: \\{\"n\":\\d+,\"t\":(\\d+)}");
    private static final int TICKS = 12;

    private Arrivals() {}

    /** Reads ticks, 100 ms apart, until there are enough; then the program is ended. */
    static void assertOneByOne(Command curl, String url) throws IOException, InterruptedException {
        Process process = curl.with("-sN", "--max-time", "60", url + "/sse/ticks?every=PT0.1S")
                .process()
                .start();
        try {
            List<Duration> delays = delays(process.inputReader(StandardCharsets.UTF_8));
            // Gathered by somebody on the way, most ticks would be late by whole periods. One late tick of many may be
            // this machine's.
            List<Duration> sorted = delays.stream().sorted().toList();
            assertThat(sorted.get(TICKS / 2)).as("median of %s", delays).isLessThan(Duration.ofMillis(100));
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static List<Duration> delays(BufferedReader out) throws IOException {
        List<Duration> delays = new ArrayList<>();
        StringBuilder printed = new StringBuilder();
        while (delays.size() < TICKS) {
            String line = out.readLine();
            long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
            if (line == null) {
                throw new AssertionError("The ticks ended early: " + printed);
            }
            printed.append(line).append('\n');
            Matcher tick = TICK.matcher(line);
            if (tick.matches()) {
                delays.add(Duration.of(now - Long.parseLong(tick.group(1)), ChronoUnit.MICROS));
            }
        }
        return delays;
    }
}
