package io.flosse.examples.attack;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The bounds of one run.
 *
 * @param time how long the attack lasts, at most an hour
 * @param requests the maximum number of requests
 * @param threads the number of attacking threads
 * @param seed the seed of all random choices
 * @param store where the channels are: {@code memory} or {@code redis}
 * @param only a part of the names of the attacks that are sent; empty for all
 */
record Options(Duration time, long requests, int threads, long seed, String store, String only) {

    private static final Duration MAX_TIME = Duration.ofHours(1);
    private static final Set<String> NAMES = Set.of("time", "requests", "threads", "seed", "store", "only");

    Options {
        require(!time.isNegative() && time.compareTo(MAX_TIME) <= 0, "time must be at most " + MAX_TIME + ": " + time);
        require(requests > 0, "requests must be positive: " + requests);
        require(threads > 0 && threads <= 64, "threads must be from 1 to 64: " + threads);
        require(Set.of("memory", "redis").contains(store), "store must be memory or redis: " + store);
    }

    private static void require(boolean valid, String message) {
        if (!valid) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Parses options such as {@code time=PT10M seed=1}, separated by spaces. */
    static Options parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String option : text.strip().split("\\s+")) {
            if (!option.isEmpty()) {
                String[] parts = option.split("=", 2);
                require(
                        parts.length == 2 && NAMES.contains(parts[0]),
                        "'" + option + "' is not an option. Write name=value with one of the names " + NAMES);
                values.put(parts[0], parts[1]);
            }
        }
        return new Options(
                Duration.parse(values.getOrDefault("time", "PT1M")),
                Long.parseLong(values.getOrDefault("requests", "100000000")),
                Integer.parseInt(values.getOrDefault("threads", "8")),
                Long.parseLong(values.getOrDefault("seed", Long.toString(System.nanoTime()))),
                values.getOrDefault("store", "memory"),
                values.getOrDefault("only", ""));
    }
}
