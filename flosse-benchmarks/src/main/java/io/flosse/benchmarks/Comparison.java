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
 * The comparison of all peers in all scenarios. Every second round visits the peers in reverse order, so that other
 * work of the machine affects all of them.
 *
 * <p>By default each round starts a new server process. With the argument {@code stay}, a server runs for all rounds of
 * a scenario, and the client loads the servers in turn. Then the code of a server stays compiled, and all rounds
 * measure the same process.
 *
 * <p>Writes each figure to target/benchmarks and prints a table of medians. If a measurement fails, the comparison
 * continues and fails at its end. With {@code stolen=1} the medians include only rounds with at most one percent of CPU
 * steal.
 *
 * <p>With {@code cores=apart} the server runs on core 0 and the client on core 1, so that neither waits for the other.
 */
final class Comparison {

    private final List<Scenario> scenarios;
    private final List<Kind> peers;
    private final int rounds;
    private final boolean small;
    private final boolean keepServers;
    private final boolean apart;
    private final List<String> flags;
    private final Map<Kind, ChildProcess> keptServers = new EnumMap<>(Kind.class);
    private final Report report;
    private int failures;

    private Comparison(List<String> args) {
        small = args.contains("short");
        keepServers = args.contains("stay");
        rounds = Integer.parseInt(option(args, "rounds", small ? "1" : "3"));
        String cores = option(args, "cores", "shared");
        apart = switch (cores) {
            case "shared" -> false;
            case "apart" -> true;
            default ->
                throw new IllegalArgumentException(
                        "Unknown cores=" + cores + "; use cores=apart, or leave the argument out");
        };
        report = new Report(Double.parseDouble(option(args, "stolen", "Infinity")) / 100);
        flags = new ArrayList<>(ChildProcess.FLAGS);
        flags.addAll(List.of(option(args, "flags", "-server").split(" ")));
        String names = option(args, "scenarios", "");
        scenarios = names.isEmpty()
                ? Scenario.all(small)
                : Arrays.stream(names.split(","))
                        .distinct()
                        .map(name -> Scenario.named(name, small))
                        .toList();
        if (keepServers
                && scenarios.stream().anyMatch(scenario -> scenario.columns().equals(Column.IDLE))) {
            throw new IllegalArgumentException(
                    "Idle scenarios need new servers, since they measure memory; remove 'stay' or the idle scenarios: "
                            + args);
        }
        String labels = option(args, "peers", "");
        peers = new ArrayList<>(
                labels.isEmpty()
                        ? List.of(Kind.values())
                        : Arrays.stream(labels.split(","))
                                .distinct()
                                .map(Kind::of)
                                .toList());
        if (scenarios.stream().noneMatch(scenario -> peers.stream().anyMatch(scenario::includes))) {
            throw new IllegalArgumentException(
                    "No scenario includes any of these peers; name other scenarios or other peers: " + args);
        }
    }

    private static String option(List<String> args, String name, String defaultValue) {
        return args.stream()
                .filter(arg -> arg.startsWith(name + "="))
                .map(arg -> arg.substring(name.length() + 1))
                .findFirst()
                .orElse(defaultValue);
    }

    static void run(String... args) throws Exception {
        new Comparison(List.of(args)).compare(String.join(" ", args));
    }

    private void compare(String args) throws IOException, InterruptedException {
        if (apart && !(ChildProcess.canRunOnCore(0) && ChildProcess.canRunOnCore(1))) {
            System.out.println("The comparison is skipped, since cores=apart needs taskset and the cores 0 and 1");
            return;
        }
        if (peers.contains(Kind.C)
                && scenarios.stream().anyMatch(scenario -> scenario.includes(Kind.C))
                && !CServer.compile()) {
            peers.remove(Kind.C);
        }
        Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Path json = Files.createDirectories(Path.of("target", "benchmarks"))
                .resolve(start.toString().replace(":", "") + ".json");
        for (Scenario scenario : scenarios) {
            for (int round = 1; round <= rounds; round++) {
                for (Kind peer : round % 2 == 0 ? peers.reversed() : peers) {
                    if (scenario.includes(peer)) {
                        measureRound(scenario, peer, round);
                        Files.writeString(json, report.json(start, args));
                    }
                }
            }
            closeKeptServers();
        }
        System.out.println();
        System.out.println(report.markdown(scenarios, peers));
        System.out.println(json);
        if (failures > 0) {
            throw new IllegalStateException(
                    failures + " measurements failed; see the lines above that have a message instead of figures");
        }
    }

    private void measureRound(Scenario scenario, Kind peer, int round) throws InterruptedException {
        String title = "# " + scenario.name() + " " + peer.label + " round " + round + ": ";
        try {
            Map<String, Double> figures = measure(scenario, peer);
            report.add(scenario, peer, round, figures);
            System.out.println(title
                    + scenario.columns().stream()
                            .map(column -> column.title() + " " + Report.format(figures, column))
                            .collect(Collectors.joining(", ")));
        } catch (IOException e) {
            // The other rounds still make up the peer's row.
            failures++;
            System.out.println(title + e.getMessage());
        }
    }

    private Map<String, Double> measure(Scenario scenario, Kind peer) throws IOException, InterruptedException {
        Client.Mode mode = small ? Client.Mode.SHORT : Client.Mode.LONG;
        if (!keepServers) {
            try (ChildProcess server = startServer(scenario, peer)) {
                return runClient(scenario, server, mode);
            }
        }
        ChildProcess server = keptServers.remove(peer);
        if (server == null) {
            server = startServer(scenario, peer);
        } else if (!small) {
            mode = Client.Mode.WARM;
        }
        boolean succeeded = false;
        try {
            Map<String, Double> figures = runClient(scenario, server, mode);
            keptServers.put(peer, server);
            succeeded = true;
            return figures;
        } finally {
            if (!succeeded) {
                server.close();
            }
        }
    }

    private ChildProcess startServer(Scenario scenario, Kind peer) throws IOException {
        return ChildProcess.startServer(onCore(0), peer, flags, scenario.isTls());
    }

    private Map<String, Double> runClient(Scenario scenario, ChildProcess server, Client.Mode mode)
            throws IOException, InterruptedException {
        return ChildProcess.runClient(onCore(1), scenario, server, mode);
    }

    private List<String> onCore(int core) {
        return apart ? ChildProcess.onCore(core) : List.of();
    }

    private void closeKeptServers() throws IOException, InterruptedException {
        for (ChildProcess server : keptServers.values()) {
            server.close();
        }
        keptServers.clear();
    }
}
