package io.flosse.benchmarks;

import java.util.List;

/**
 * A figure of a table.
 *
 * @param key its name in the JSON
 * @param title its head
 * @param scale how many of its unit make one of the JSON's
 */
record Column(String key, String title, double scale) {

    static final List<Column> BURST = List.of(
            new Column("cpuPerEvent", "server CPU s per million events", 1e6),
            new Column("eventsPerSecond", "events/s", 1),
            new Column("writesPerEvent", "writes per event", 1));

    private static final Column P50 = new Column("p50", "p50 ms", 1e3);
    private static final Column P99 = new Column("p99", "p99 ms", 1e3);

    /** The part of the machine's processors that it was without: what is late then, is late for that. */
    private static final Column STOLEN = new Column("stolen", "stolen %", 100);

    static final List<Column> LONE = List.of(
            P50,
            P99,
            new Column("writesPerEvent", "writes per event", 1),
            new Column("cpuPerEvent", "CPU µs per event", 1e6),
            STOLEN);

    static final List<Column> TICKER = List.of(
            new Column("cpuPerEvent", "CPU µs per event", 1e6),
            P50,
            P99,
            new Column("eventsPerSecond", "events/s", 1),
            STOLEN);

    static final List<Column> IDLE = List.of(
            new Column("rssPerStream", "RSS KiB per stream", 1 / 1024.0),
            new Column("heapPerStream", "live heap KiB per stream", 1 / 1024.0));

    static final List<Column> BROADCAST = List.of(
            new Column("cpuPerEvent", "CPU µs per delivery", 1e6),
            P50,
            P99,
            new Column("delivered", "delivered %", 100),
            new Column("writesPerEvent", "writes per delivery", 1),
            STOLEN);

    static final List<Column> CHURN =
            List.of(new Column("cpuPerEvent", "CPU µs per stream", 1e6), new Column("eventsPerSecond", "streams/s", 1));
}
