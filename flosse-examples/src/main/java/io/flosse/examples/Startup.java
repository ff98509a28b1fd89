package io.flosse.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** How long the start took: from the start of the process, so that what happens before {@code main} counts too. */
final class Startup {

    private static final Path STAT = Path.of("/proc/self/stat");
    private static final Path UPTIME = Path.of("/proc/uptime");

    /** Linux counts the start of a process in hundredths of a second since the boot. */
    private static final int TICK_MILLIS = 10;

    private static final int START_FIELD = 22;

    private Startup() {}

    /**
     * The time up to now. Where another program runs ours in its own process, as Maven does, it is counted from
     * {@code main}: what that program did before is not our start.
     */
    static Duration sinceStartOfProcess(Instant main) throws IOException {
        if (!Thread.currentThread().getName().equals("main")) {
            return Duration.between(main, Instant.now());
        }
        if (Files.isReadable(STAT) && Files.isReadable(UPTIME)) {
            return sinceStart(Files.readString(STAT), Files.readString(UPTIME));
        }
        Instant start = ProcessHandle.current().info().startInstant().orElse(main);
        return Duration.between(start, Instant.now());
    }

    /** {@code ProcessHandle} knows the time of the boot in whole seconds only, which is longer than a start. */
    static Duration sinceStart(String stat, String uptime) {
        // The second field is the name of the program in parentheses, and may hold blanks.
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long started = Long.parseLong(afterName[START_FIELD - 3]) * TICK_MILLIS;
        double now = Double.parseDouble(uptime.split(" ")[0]) * 1000;
        return Duration.ofMillis(Math.round(now) - started);
    }
}
