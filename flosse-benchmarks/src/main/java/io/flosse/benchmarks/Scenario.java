package io.flosse.benchmarks;

import io.flosse.benchmarks.peers.Peer.Kind;
import java.util.List;
import java.util.Set;

/**
 * One load.
 *
 * @param name what it is called in arguments and tables
 * @param address what the streams ask for
 * @param streams how many are open at once
 * @param n what they give the address as {@code n}: events of a burst in all, milliseconds of a ticker; or events a second of
 *     a broadcast, streams in all of a churn
 * @param seconds for how long it is measured; 0 where something else ends it
 * @param columns what its table shows
 */
record Scenario(String name, String address, int streams, int n, int seconds, List<Column> columns) {

    /** The comparison, and the same in small. */
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
                new Scenario("overload", "/broadcast", small ? 100 : 1_000, 1_000, small ? 1 : 3, Column.BROADCAST),
                new Scenario("churn", "/one", 32, small ? 500 : 20_000, 0, Column.CHURN));
    }

    static Scenario named(String name, boolean small) {
        return all(small).stream()
                .filter(scenario -> scenario.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No scenario is named " + name));
    }

    /** Whether the streams are on TLS. */
    boolean isSecure() {
        return name.endsWith("-tls");
    }

    boolean asks(Kind kind) {
        if (isSecure()) {
            return kind == Kind.FLOSSE || kind == Kind.SSE_SINK;
        }
        return switch (address) {
            case "/json" -> Set.of(Kind.FLOSSE, Kind.SSE_SINK).contains(kind);
            case "/burst" -> kind != Kind.THREAD_SLEEP;
            // It would never send a lone event.
            case "/ticker" -> kind != Kind.OUTPUT_16K;
            default -> kind != Kind.OUTPUT_16K && kind != Kind.THREAD_SLEEP;
        };
    }
}
