package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The collected measurements, which it formats as JSON and as Markdown tables. */
final class Report {

    private record Measurement(Scenario scenario, Kind peer, int round, Map<String, Double> figures) {

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

        /** Returns the JSON of a number, which has neither NaN nor infinity. */
        private static String number(double figure) {
            return Double.isFinite(figure) ? Double.toString(figure) : "null";
        }
    }

    private final List<Measurement> measurements = new ArrayList<>();
    private final double maxSteal;

    /**
     * Creates an empty report.
     *
     * @param maxSteal the maximum CPU steal of a round that is included in medians, as a share from 0 to 1
     */
    Report(double maxSteal) {
        this.maxSteal = maxSteal;
    }

    void add(Scenario scenario, Kind peer, int round, Map<String, Double> figures) {
        measurements.add(new Measurement(scenario, peer, round, figures));
    }

    String json(Instant start, String args) {
        return String.format(
                "{\n  \"began\":\"%s\",\"args\":\"%s\",\"jdk\":\"%s\",\"flags\":\"%s\",\"processors\":%d,\n"
                        + "  \"measured\":[\n%s\n  ]\n}\n",
                start,
                args,
                Runtime.version(),
                String.join(" ", ChildProcess.FLAGS),
                Runtime.getRuntime().availableProcessors(),
                measurements.stream().map(Measurement::json).collect(Collectors.joining(",\n")));
    }

    /**
     * Returns one table of medians for each scenario. The ratio column is the median, over the rounds, of the ratio of
     * the peer's first figure to that of flosse in the same round.
     */
    String markdown(List<Scenario> scenarios, List<Kind> peers) {
        return scenarios.stream()
                .filter(scenario -> measurements.stream().anyMatch(it -> it.scenario.equals(scenario)))
                .map(scenario -> table(scenario, peers))
                .collect(Collectors.joining("\n"));
    }

    private String table(Scenario scenario, List<Kind> peers) {
        List<Column> columns = scenario.columns();
        StringBuilder table = new StringBuilder("| " + scenario.name() + " | rounds | ratio by rounds |");
        columns.forEach(column -> table.append(' ').append(column.title()).append(" |"));
        table.append("\n|---|---|---|").append("---|".repeat(columns.size())).append('\n');
        for (Kind peer : peers) {
            if (scenario.includes(peer)) {
                Map<Integer, Double> first = figuresByRound(scenario, peer, columns.getFirst());
                Map<Integer, Double> ratios = figuresByRound(scenario, Kind.FLOSSE, columns.getFirst());
                ratios.keySet().retainAll(first.keySet());
                ratios.replaceAll((round, base) -> first.getOrDefault(round, Double.NaN) / base);
                table.append("| ")
                        .append(peer.label)
                        .append(" | ")
                        .append(first.size())
                        .append(" | ");
                table.append(format(median(ratios))).append(" |");
                for (Column column : columns) {
                    double figure = median(figuresByRound(scenario, peer, column));
                    table.append(' ').append(format(figure * column.scale())).append(" |");
                }
                table.append('\n');
            }
        }
        return table.toString();
    }

    /** Returns the figures of one column, without the rounds that had too much CPU steal. */
    private Map<Integer, Double> figuresByRound(Scenario scenario, Kind peer, Column column) {
        return measurements.stream()
                .filter(it -> it.scenario.equals(scenario) && it.peer == peer)
                .filter(it -> it.figures.getOrDefault("stolen", 0.0) <= maxSteal)
                .collect(Collectors.toMap(
                        Measurement::round,
                        it -> it.figures.getOrDefault(column.key(), Double.NaN),
                        (one, other) -> other,
                        TreeMap::new));
    }

    /** Returns the median, the upper one of an even number of figures; NaN if there are no figures. */
    private static double median(Map<Integer, Double> figures) {
        double[] sorted =
                figures.values().stream().mapToDouble(it -> it).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    /** Formats the figure of a column in the unit of the table; a dash if there is none. */
    static String format(Map<String, Double> figures, Column column) {
        return format(figures.getOrDefault(column.key(), Double.NaN) * column.scale());
    }

    private static String format(double figure) {
        return Double.isNaN(figure)
                ? "–"
                : String.format(Locale.ROOT, figure >= 100 ? "%.0f" : figure >= 10 ? "%.1f" : "%.2f", figure);
    }
}
