package io.flosse.helidon;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this JVM holds.
 *
 * @param platformThreads its platform threads, without those that the JDK runs virtual threads on
 * @param virtualThreads its virtual threads, as a thread dump lists them
 * @param descriptors its open files and sockets; 0 where there is no /proc
 * @param liveHeap the bytes that a collection leaves
 */
record Resources(int platformThreads, int virtualThreads, int descriptors, long liveHeap) {

    static Resources now() throws IOException {
        return new Resources(countPlatformThreads(), countVirtualThreads(), countDescriptors(), collectedHeap());
    }

    /** What is held as soon as it is what a test wants, or at the deadline. */
    static Resources when(Predicate<Resources> wanted) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LifeServer.PATIENCE_SECONDS * 1_000_000_000;
        while (true) {
            Resources now = now();
            if (wanted.test(now) || System.nanoTime() > deadline) {
                return now;
            }
            Thread.sleep(100);
        }
    }

    private static int countPlatformThreads() {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
                .count();
    }

    private static int countVirtualThreads() throws IOException {
        Path folder = Files.createTempDirectory("flosse-threads");
        Path dump = folder.resolve("dump.txt");
        try {
            // By name: the module of its interface is not one of those that the tests read.
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                            "dumpThreads",
                            new Object[] {dump.toString(), "TEXT_PLAIN"},
                            new String[] {"java.lang.String", "java.lang.String"});
            try (Stream<String> lines = Files.lines(dump)) {
                return (int) lines.filter(line -> line.matches("#\\d+ .*\\bvirtual\\b.*"))
                        .count();
            }
        } catch (JMException e) {
            throw new AssertionError(e);
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(folder);
        }
    }

    private static int countDescriptors() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(descriptors)) {
            return (int) open.count();
        }
    }

    private static long collectedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
