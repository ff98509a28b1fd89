package io.flosse.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process whose CPU time, memory and system calls are read from Linux's /proc.
 *
 * @param pid the process id
 */
record MonitoredProcess(long pid) {

    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on every architecture of Linux
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    /** Returns the CPU time so far in seconds, user and system, including threads that have ended. */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** Returns the CPU steal of this virtual machine so far, in seconds, as an average of its processors. */
    static double stealSeconds() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/stat"));
        long processors =
                lines.stream().filter(line -> line.matches("cpu\\d.*")).count();
        return Long.parseLong(lines.getFirst().split(" +")[8]) / TICKS_PER_SECOND / processors;
    }

    /** Returns the number of write(2) and similar system calls so far. */
    long writeCalls() throws IOException {
        return field("io", "syscw:");
    }

    /** Returns the resident set size (RSS) in bytes. */
    long residentBytes() throws IOException {
        return field("status", "VmRSS:") * 1024;
    }

    private long field(String file, String name) throws IOException {
        Path path = Path.of("/proc/" + pid + "/" + file);
        for (String line : Files.readAllLines(path)) {
            if (line.startsWith(name)) {
                return Long.parseLong(
                        line.substring(name.length()).replace("kB", "").trim());
            }
        }
        throw new IOException(path + " has no field " + name);
    }

    /** Returns the number of open files and sockets. */
    long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return files.count();
        }
    }

    /** Returns whether the process is a JVM, so that {@link #heapHistogram} works. */
    boolean isJvm() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).endsWith("java");
    }

    /** Runs a garbage collection in the process and returns a histogram of its live objects by class. */
    String heapHistogram() throws IOException, InterruptedException {
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

    /** Returns the total number of live bytes in a histogram. */
    static long liveBytes(String histogram) {
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IllegalStateException("The output of jcmd has no total of live bytes: " + histogram);
        }
        return Long.parseLong(total.group(1));
    }
}
