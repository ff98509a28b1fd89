package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was measured, as JSON and as Markdown. */
final class Report {

    private record Measured(Scenario scenario, Kind peer, int round, Map<String, Double> figures) {

        String json() {
            return String.format(
                    "    {\"scenario\":\"%s\",\"peer\":\"%s\",\"round\":%d,%s}",
                    scenario.name(),
                    peer.label,
                    round,
                    figures.entrySet().stream()
                            .map(figure -> "\"" + figure.getKey() + "\":" + number(figure.getValue()))
                            .collect(Collectors.joining(",")));
        }

        private static String number(double figure) {
            return Double.isFinite(figure) ? Double.toString(figure) : "null";
        }
    }

    private final List<Measured> all = new ArrayList<>();
    private final double mostStolen;

    /** Of rounds in which a larger part of the processors was stolen, nothing goes into a median. */
    Report(double mostStolen) {
        this.mostStolen = mostStolen;
    }

    void add(Scenario scenario, Kind peer, int round, Map<String, Double> figures) {
        all.add(new Measured(scenario, peer, round, figures));
    }

    String json(Instant began, String args) {
        return String.format(
                "{\n  \"began\":\"%s\",\"args\":\"%s\",\"jdk\":\"%s\",\"flags\":\"%s\",\"processors\":%d,\n"
                        + "  \"measured\":[\n%s\n  ]\n}\n",
                began,
                args,
                Runtime.version(),
                String.join(" ", Spawned.FLAGS),
                Runtime.getRuntime().availableProcessors(),
                all.stream().map(Measured::json).collect(Collectors.joining(",\n")));
    }

    /** One table a scenario, each figure a median; the ratio is that of the first figure to flosse's of the same round. */
    String markdown(List<Scenario> scenarios, List<Kind> peers) {
        return scenarios.stream()
                .filter(scenario -> all.stream().anyMatch(it -> it.scenario.equals(scenario)))
                .map(scenario -> table(scenario, peers))
                .collect(Collectors.joining("\n"));
    }

    private String table(Scenario scenario, List<Kind> peers) {
        List<Column> columns = scenario.columns();
        StringBuilder table = new StringBuilder("| " + scenario.name() + " | rounds | ratio by rounds |");
        columns.forEach(column -> table.append(' ').append(column.title()).append(" |"));
        table.append("\n|---|---|---|").append("---|".repeat(columns.size())).append('\n');
        for (Kind peer : peers) {
            if (scenario.asks(peer)) {
                Map<Integer, Double> first = rounds(scenario, peer, columns.getFirst());
                Map<Integer, Double> ratios = rounds(scenario, Kind.FLOSSE, columns.getFirst());
                ratios.keySet().retainAll(first.keySet());
                ratios.replaceAll((round, base) -> first.getOrDefault(round, Double.NaN) / base);
                table.append("| ")
                        .append(peer.label)
                        .append(" | ")
                        .append(first.size())
                        .append(" | ");
                table.append(shown(median(ratios))).append(" |");
                for (Column column : columns) {
                    double figure = median(rounds(scenario, peer, column));
                    table.append(' ').append(shown(figure * column.scale())).append(" |");
                }
                table.append('\n');
            }
        }
        return table.toString();
    }

    private Map<Integer, Double> rounds(Scenario scenario, Kind peer, Column column) {
        return all.stream()
                .filter(it -> it.scenario.equals(scenario) && it.peer == peer)
                .filter(it -> it.figures.getOrDefault("stolen", 0.0) <= mostStolen)
                .collect(Collectors.toMap(
                        Measured::round,
                        it -> it.figures.getOrDefault(column.key(), Double.NaN),
                        (one, other) -> other,
                        TreeMap::new));
    }

    /** NaN if there is none. */
    private static double median(Map<Integer, Double> figures) {
        double[] sorted =
                figures.values().stream().mapToDouble(it -> it).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    static String shown(Map<String, Double> figures, Column column) {
        return shown(figures.getOrDefault(column.key(), Double.NaN) * column.scale());
    }

    private static String shown(double figure) {
        return Double.isNaN(figure)
                ? "–"
                : String.format(Locale.ROOT, figure >= 100 ? "%.0f" : figure >= 10 ? "%.1f" : "%.2f", figure);
    }
}
