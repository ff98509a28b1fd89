package io.flosse.benchmarks;

import java.util.List;

/**
 * A column of a result table.
 *
 * @param key the name of the figure in the JSON
 * @param title the header of the column
 * @param scale the factor from the unit of the JSON to the unit of the table
 */
record Column(String key, String title, double scale) {

    static final List<Column> BURST = List.of(
            new Column("cpuPerEvent", "server CPU s per million events", 1e6),
            new Column("eventsPerSecond", "events/s", 1),
            new Column("writesPerEvent", "writes per event", 1));

    private static final Column P50 = new Column("p50", "p50 ms", 1e3);
    private static final Column P99 = new Column("p99", "p99 ms", 1e3);

    /** CPU steal: the share of processor time that the host gave to others. It dominates the tail latency. */
    private static final Column STEAL = new Column("stolen", "CPU steal %", 100);

    static final List<Column> LONE = List.of(
            P50,
            P99,
            new Column("writesPerEvent", "writes per event", 1),
            new Column("cpuPerEvent", "CPU µs per event", 1e6),
            STEAL);

    static final List<Column> TICKER = List.of(
            new Column("cpuPerEvent", "CPU µs per event", 1e6),
            P50,
            P99,
            new Column("eventsPerSecond", "events/s", 1),
            STEAL);

    static final List<Column> IDLE = List.of(
            new Column("rssPerStream", "RSS KiB per stream", 1 / 1024.0),
            new Column("heapPerStream", "live heap KiB per stream", 1 / 1024.0));

    static final List<Column> BROADCAST = List.of(
            new Column("cpuPerEvent", "CPU µs per delivery", 1e6),
            P50,
            P99,
            new Column("delivered", "delivered %", 100),
            new Column("writesPerEvent", "writes per delivery", 1),
            STEAL);

    static final List<Column> CHURN =
            List.of(new Column("cpuPerEvent", "CPU µs per stream", 1e6), new Column("eventsPerSecond", "streams/s", 1));

    /** The first two are empty if the server did not notice in a trial that its clients had left. */
    static final List<Column> LEAVE =
            List.of(CHURN.get(0), CHURN.get(1), new Column("noticed", "noticed within 5 s %", 100));
}
