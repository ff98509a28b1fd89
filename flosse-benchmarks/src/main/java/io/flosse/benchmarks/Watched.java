package io.flosse.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process seen from outside, through Linux's /proc.
 *
 * @param pid its id
 */
record Watched(long pid) {

    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on all architectures that Linux still has
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    /** Its CPU so far, in seconds, of user and system, threads that have ended included. */
    double cpu() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** What the host of a virtual machine has kept from it so far, in seconds of all its processors. */
    static double stolen() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/stat"));
        long processors =
                lines.stream().filter(line -> line.matches("cpu\\d.*")).count();
        return Long.parseLong(lines.getFirst().split(" +")[8]) / TICKS_PER_SECOND / processors;
    }

    /** How often it has called write(2) and its like so far. */
    long writes() throws IOException {
        return field("io", "syscw:");
    }

    /** Its memory, in bytes. */
    long rss() throws IOException {
        return field("status", "VmRSS:") * 1024;
    }

    private long field(String file, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/" + file))) {
            if (line.startsWith(name)) {
                return Long.parseLong(
                        line.substring(name.length()).replace("kB", "").trim());
            }
        }
        throw new IOException("No " + name + " in " + file);
    }

    /** What lives in its heap after a collection, by class. */
    String histogram() throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid),
                        "GC.class_histogram"))
                .redirectErrorStream(true)
                .start();
        String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        jcmd.waitFor();
        return histogram;
    }

    static long liveBytes(String histogram) {
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IllegalStateException("No histogram: " + histogram);
        }
        return Long.parseLong(total.group(1));
    }
}
