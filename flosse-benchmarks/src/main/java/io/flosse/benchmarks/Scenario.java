package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.util.List;
import java.util.Set;

/**
 * A scenario of the comparison: one kind of load.
 *
 * @param name the name in arguments and tables
 * @param path the path that the streams request
 * @param streams the number of concurrent streams
 * @param n the query parameter {@code n} of the path: for a burst, the number of events of all streams together; for a
 *     ticker, the interval in milliseconds. For a broadcast, the number of events published per second; for a churn
 *     and for clients that leave, the number of streams in total
 * @param seconds the duration of the measurement; 0 if the load itself determines it
 * @param columns the columns of the table
 */
record Scenario(String name, String path, int streams, int n, int seconds, List<Column> columns) {

    /**
     * Returns all scenarios.
     *
     * @param small whether with small loads, which only check that everything runs
     */
    static List<Scenario> all(boolean small) {
        int many = small ? 200 : 10_000;
        int few = small ? 100 : 2_000;
        int events = small ? 50_000 : 200_000;
        int seconds = small ? 2 : 6;
        return List.of(
                new Scenario("burst-1", "/burst", 1, events, small ? 1 : 3, Column.BURST),
                new Scenario("burst-8", "/burst", 8, events, small ? 1 : 3, Column.BURST),
                new Scenario("json-1", "/json", 1, events, small ? 1 : 3, Column.BURST),
                new Scenario("lone", "/ticker", 1, 5, seconds, Column.LONE),
                new Scenario("ticker-2000", "/ticker", few, 1000, seconds, Column.TICKER),
                new Scenario("ticker-10000", "/ticker", many, 1000, seconds, Column.TICKER),
                new Scenario("idle-10000", "/idle", many, 0, 0, Column.IDLE),
                new Scenario("idle-tls", "/idle", small ? 50 : 2_000, 0, 0, Column.IDLE),
                new Scenario("broadcast", "/broadcast", small ? 100 : 1_000, 100, seconds, Column.BROADCAST),
                new Scenario("broadcast-40", "/broadcast", small ? 100 : 1_000, 40, seconds, Column.BROADCAST),
                new Scenario("overload", "/broadcast", small ? 100 : 1_000, 1_000, small ? 1 : 3, Column.BROADCAST),
                new Scenario("churn", "/one", 32, small ? 500 : 20_000, 0, Column.CHURN),
                new Scenario("leave", "/idle", 32, small ? 500 : 60_000, 0, Column.LEAVE));
    }

    static Scenario named(String name, boolean small) {
        return all(small).stream()
                .filter(scenario -> scenario.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Unknown scenario " + name + "; use one of "
                        + all(small).stream().map(Scenario::name).toList()));
    }

    boolean isTls() {
        return name.endsWith("-tls");
    }

    /** Returns whether the clients leave, rather than wait for events. */
    boolean isLeaving() {
        return columns.equals(Column.LEAVE);
    }

    /** Returns whether this scenario measures the peer. */
    boolean includes(Kind kind) {
        if (isTls()) {
            return kind == Kind.FLOSSE || kind == Kind.SSE_SINK;
        }
        return switch (path) {
            case "/json" -> Set.of(Kind.FLOSSE, Kind.SSE_SINK).contains(kind);
            case "/burst" -> kind != Kind.THREAD_SLEEP;
            // OUTPUT_16K buffers a lone event and would not send it.
            case "/ticker" -> kind != Kind.OUTPUT_16K;
            default -> kind != Kind.OUTPUT_16K && kind != Kind.THREAD_SLEEP;
        };
    }
}
