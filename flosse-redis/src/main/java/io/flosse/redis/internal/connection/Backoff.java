package io.flosse.redis.internal.connection;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Waits longer from time to time, each drawn at random, so that machines which lost their Redis don't come back at once. */
public final class Backoff {

    private static final long FIRST_MILLIS = 20;

    private final long mostMillis;
    private long millis = FIRST_MILLIS;

    public Backoff(Duration most) {
        mostMillis = most.toMillis();
    }

    /** Half of the time at least. */
    public Duration next() {
        long wait = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
        millis = Math.min(millis * 2, mostMillis);
        return Duration.ofMillis(wait);
    }

    public void reset() {
        millis = FIRST_MILLIS;
    }
}
