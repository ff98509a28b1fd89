package io.flosse.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Measures the startup time from the start of the process, so that the time before {@code main} is included. */
final class Startup {

    private static final Path STAT = Path.of("/proc/self/stat");
    private static final Path UPTIME = Path.of("/proc/uptime");

    /** The unit of the start time in {@code /proc/self/stat}: Linux counts hundredths of a second since the boot. */
    private static final int TICK_MILLIS = 10;

    /** The number of the field with the start time, counted from 1. */
    private static final int START_FIELD = 22;

    private Startup() {}

    /**
     * Returns the time since the start of the process. If another program runs this one in its own process, as Maven
     * does, the time is counted from {@code main}, because the time of that program does not belong to the startup.
     *
     * @param mainStart when {@code main} was called
     */
    static Duration sinceStartOfProcess(Instant mainStart) throws IOException {
        if (!Thread.currentThread().getName().equals("main")) {
            return Duration.between(mainStart, Instant.now());
        }
        if (Files.isReadable(STAT) && Files.isReadable(UPTIME)) {
            return sinceStart(Files.readString(STAT), Files.readString(UPTIME));
        }
        Instant start = ProcessHandle.current().info().startInstant().orElse(mainStart);
        return Duration.between(start, Instant.now());
    }

    /**
     * Returns the time since the start of the process from the content of its {@code /proc} files. {@code
     * ProcessHandle} knows the boot time only in whole seconds, which is too imprecise for a startup of less than a
     * second.
     */
    static Duration sinceStart(String stat, String uptime) {
        // The second field is the name of the program in parentheses, and may contain blanks.
        String[] fieldsAfterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long startMillis = Long.parseLong(fieldsAfterName[START_FIELD - 3]) * TICK_MILLIS;
        double uptimeMillis = Double.parseDouble(uptime.split(" ")[0]) * 1000;
        return Duration.ofMillis(Math.round(uptimeMillis) - startMillis);
    }
}
