package io.flosse.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Waits longer from time to time, each drawn at random, so that machines which lost their Redis don't come back at once. */
final class Backoff {

    private static final long FIRST_MILLIS = 20;

    private final long mostMillis;
    private long millis = FIRST_MILLIS;

    Backoff(Duration most) {
        mostMillis = most.toMillis();
    }

    /** Half of the time at least. */
    Duration next() {
        long wait = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
        millis = Math.min(millis * 2, mostMillis);
        return Duration.ofMillis(wait);
    }

    void reset() {
        millis = FIRST_MILLIS;
    }
}
