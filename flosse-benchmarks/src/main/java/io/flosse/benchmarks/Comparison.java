package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Runs each scenario against each peer, round by round and each second round backwards, so that what else the machine does
 * meets all of them. Each server is a process of its own, new for each round, or else one that stays for all rounds of a
 * scenario and is loaded in turns with the others: then its code is compiled, and its luck the same in all rounds. Writes each
 * figure to target/benchmarks, and prints a table of medians. Where something fails it goes on, and fails in the end.
 * With {@code stolen=1} the medians are of those rounds only in which a virtual machine had all but one percent of its processors.
 */
final class Comparison {

    private final List<Scenario> scenarios;
    private final List<Kind> peers;
    private final int rounds;
    private final boolean small;
    private final boolean stay;
    private final List<String> flags;
    private final Map<Kind, Spawned> staying = new EnumMap<>(Kind.class);
    private final Report report;
    private int failures;

    private Comparison(List<String> args) {
        small = args.contains("short");
        stay = args.contains("stay");
        rounds = Integer.parseInt(option(args, "rounds", small ? "1" : "3"));
        report = new Report(Double.parseDouble(option(args, "stolen", "Infinity")) / 100);
        flags = new ArrayList<>(Spawned.FLAGS);
        flags.addAll(List.of(option(args, "flags", "-server").split(" ")));
        String names = option(args, "scenarios", "");
        scenarios = names.isEmpty()
                ? Scenario.all(small)
                : Arrays.stream(names.split(","))
                        .distinct()
                        .map(name -> Scenario.named(name, small))
                        .toList();
        if (stay && scenarios.stream().anyMatch(scenario -> scenario.columns().equals(Column.IDLE))) {
            throw new IllegalArgumentException(
                    "Memory is measured on new servers: name scenarios without idle, or do without 'stay'");
        }
        String labels = option(args, "peers", "");
        peers = labels.isEmpty()
                ? List.of(Kind.values())
                : Arrays.stream(labels.split(",")).distinct().map(Kind::of).toList();
        if (scenarios.stream().noneMatch(scenario -> peers.stream().anyMatch(scenario::asks))) {
            throw new IllegalArgumentException("None of these peers is compared in these scenarios: " + args);
        }
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
                for (Kind peer : round % 2 == 0 ? peers.reversed() : peers) {
                    if (scenario.asks(peer)) {
                        measure(scenario, peer, round);
                        Files.writeString(json, report.json(began, args));
                    }
                }
            }
            leave();
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
        try {
            Map<String, Double> figures = measure(scenario, peer);
            report.add(scenario, peer, round, figures);
            System.out.println(title
                    + scenario.columns().stream()
                            .map(column -> column.title() + " " + Report.shown(figures, column))
                            .collect(Collectors.joining(", ")));
        } catch (IOException failed) {
            // Its row is that of its other rounds.
            failures++;
            System.out.println(title + failed.getMessage());
        }
    }

    private Map<String, Double> measure(Scenario scenario, Kind peer) throws IOException, InterruptedException {
        Client.Length length = small ? Client.Length.SHORT : Client.Length.LONG;
        if (!stay) {
            try (Spawned server = Spawned.server(peer, flags, scenario.isSecure())) {
                return Spawned.client(scenario, server, length);
            }
        }
        Spawned server = staying.remove(peer);
        if (server == null) {
            server = Spawned.server(peer, flags, scenario.isSecure());
        } else if (!small) {
            length = Client.Length.WARM;
        }
        boolean warm = false;
        try {
            Map<String, Double> figures = Spawned.client(scenario, server, length);
            staying.put(peer, server);
            warm = true;
            return figures;
        } finally {
            if (!warm) {
                server.close();
            }
        }
    }

    private void leave() throws IOException, InterruptedException {
        for (Spawned server : staying.values()) {
            server.close();
        }
        staying.clear();
    }
}
