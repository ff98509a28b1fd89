package io.flosse.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The entry point of {@code ./mvnw -q -Pbenchmarks -Dbenchmarks="..."}.
 *
 * <table>
 * <caption>Arguments</caption>
 * <tr><td>{@code load}</td><td>the whole comparison, three rounds</td></tr>
 * <tr><td>{@code load scenarios=burst-1,lone peers=flosse,helidon-sse-sink rounds=5}</td><td>a part of it</td></tr>
 * <tr><td>{@code load stay scenarios=broadcast rounds=9}</td><td>a part of it on servers that keep running for all
 * rounds. All of them run at once, so name few peers. Rounds are shorter, and ratios vary less</td></tr>
 * <tr><td>{@code load stay scenarios=ticker-2000 rounds=15 stolen=1}</td><td>medians of only those rounds in which the
 * CPU steal of a virtual machine was at most one percent, since CPU steal dominates a p99</td></tr>
 * <tr><td>{@code load flags=-XX:+UseCompactObjectHeaders}</td><td>the comparison with an additional JVM flag for the
 * servers</td></tr>
 * <tr><td>{@code load scenarios=broadcast cores=apart}</td><td>a part of it with the server on core 0 and the client on
 * core 1</td></tr>
 * <tr><td>{@code load short}</td><td>one round of small loads, to check that all benchmarks run</td></tr>
 * <tr><td>{@code jmh -f 1 Yield}</td><td>the micro-benchmarks, with options of JMH. The options {@code -prof gc}
 * and {@code -foe true} are added; the latter makes JMH fail if a benchmark fails</td></tr>
 * </table>
 */
public final class Main {

    private Main() {}

    /**
     * Runs {@code load} or {@code jmh}. The processes that {@code load} starts run {@code server} or {@code client}.
     *
     * @param args the command and its arguments; {@code load} if there are none
     * @throws Exception if a benchmark fails
     */
    public static void main(String... args) throws Exception {
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (args.length == 0 ? "load" : args[0]) {
            case "load" -> Comparison.run(rest);
            case "server" -> Server.run(rest);
            case "client" -> Client.run(rest);
            case "jmh" -> jmh(rest);
            default -> throw new IllegalArgumentException("Unknown command " + args[0] + "; use load or jmh");
        }
    }

    private static void jmh(String[] options) throws Exception {
        List<String> all = new ArrayList<>(List.of("-prof", "gc", "-foe", "true"));
        all.addAll(List.of(options));
        org.openjdk.jmh.Main.main(all.toArray(String[]::new));
    }
}
