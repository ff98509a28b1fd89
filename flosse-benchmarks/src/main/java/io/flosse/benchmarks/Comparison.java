package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Runs each scenario against each peer, each time in a process of its own: round by round, so that what else the machine
 * does meets all of them. Writes each figure to target/benchmarks, and prints a table of medians. Where something fails
 * it goes on, and fails in the end.
 */
final class Comparison {

    private final List<Scenario> scenarios;
    private final List<Kind> peers;
    private final int rounds;
    private final boolean small;
    private final List<String> flags;
    private final Report report = new Report();
    private int failures;

    private Comparison(List<String> args) {
        small = args.contains("short");
        rounds = Integer.parseInt(option(args, "rounds", small ? "1" : "3"));
        flags = new ArrayList<>(Spawned.FLAGS);
        flags.addAll(List.of(option(args, "flags", "-server").split(" ")));
        String names = option(args, "scenarios", "");
        scenarios = names.isEmpty()
                ? Scenario.all(small)
                : Arrays.stream(names.split(","))
                        .map(name -> Scenario.named(name, small))
                        .toList();
        String labels = option(args, "peers", "");
        peers = labels.isEmpty()
                ? List.of(Kind.values())
                : Arrays.stream(labels.split(",")).map(Kind::of).toList();
    }

    private static String option(List<String> args, String name, String otherwise) {
        return args.stream()
                .filter(arg -> arg.startsWith(name + "="))
                .map(arg -> arg.substring(name.length() + 1))
                .findFirst()
                .orElse(otherwise);
    }

    static void run(String... args) throws Exception {
        new Comparison(List.of(args)).compare(String.join(" ", args));
    }

    private void compare(String args) throws IOException, InterruptedException {
        Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Path json = Files.createDirectories(Path.of("target", "benchmarks"))
                .resolve(began.toString().replace(":", "") + ".json");
        for (Scenario scenario : scenarios) {
            for (int round = 1; round <= rounds; round++) {
                for (Kind peer : peers) {
                    if (scenario.asks(peer)) {
                        measure(scenario, peer, round);
                        Files.writeString(json, report.json(began, args));
                    }
                }
            }
        }
        System.out.println();
        System.out.println(report.markdown(scenarios, peers));
        System.out.println(json);
        if (failures > 0) {
            throw new IllegalStateException("Failed: " + failures + ", see the lines with no figures above");
        }
    }

    private void measure(Scenario scenario, Kind peer, int round) throws InterruptedException {
        String title = "# " + scenario.name() + " " + peer.label + " round " + round + ": ";
        try (Spawned server = Spawned.server(peer, flags)) {
            Map<String, Double> figures = Spawned.client(scenario, server, small);
            report.add(scenario, peer, round, figures);
            System.out.println(title
                    + scenario.columns().stream()
                            .map(column -> column.title() + " " + Report.shown(figures, column))
                            .collect(Collectors.joining(", ")));
        } catch (IOException failed) {
            // It has no row then, or the rows of its other rounds.
            failures++;
            System.out.println(title + failed.getMessage());
        }
    }
}
