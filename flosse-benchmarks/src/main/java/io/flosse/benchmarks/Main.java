package io.flosse.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where {@code ./mvnw -q -Pbenchmarks -Dbenchmarks="..."} begins.
 *
 * <table>
 * <caption>What to give it</caption>
 * <tr><td>{@code load}</td><td>the whole comparison, three rounds</td></tr>
 * <tr><td>{@code load scenarios=burst-1,lone peers=flosse,helidon-sse-sink rounds=5}</td><td>a part of it</td></tr>
 * <tr><td>{@code load stay scenarios=broadcast rounds=9}</td><td>the same on servers that stay up, all at once (so name few
 * peers): rounds are shorter, and ratios vary less</td></tr>
 * <tr><td>{@code load stay scenarios=scheduler-2000 rounds=15 stolen=1}</td><td>medians of those rounds only in which the host of
 * a virtual machine kept no more than one percent of the processors for others: a p99 is made by that else</td></tr>
 * <tr><td>{@code load short}</td><td>one round of small loads, to see that it all runs</td></tr>
 * <tr><td>{@code jmh -f 1 Yield}</td><td>the micro-benchmarks, with the options of JMH; {@code -prof gc} and
 * {@code -foe true}, by which it fails where one does, are added</td></tr>
 * </table>
 */
public final class Main {

    private Main() {}

    /**
     * Runs one of the above; {@code server} and {@code client} are for the processes that {@code load} starts.
     *
     * @param args what to run, and its options
     * @throws Exception if it fails
     */
    public static void main(String... args) throws Exception {
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (args.length == 0 ? "load" : args[0]) {
            case "load" -> Comparison.run(rest);
            case "server" -> Server.run(rest);
            case "client" -> Client.run(rest);
            case "jmh" -> jmh(rest);
            default -> throw new IllegalArgumentException("load or jmh, not " + args[0]);
        }
    }

    private static void jmh(String[] options) throws Exception {
        List<String> all = new ArrayList<>(List.of("-prof", "gc", "-foe", "true"));
        all.addAll(List.of(options));
        org.openjdk.jmh.Main.main(all.toArray(String[]::new));
    }
}
