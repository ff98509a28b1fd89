package io.flosse.redis.internal.connection;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Exponential backoff with jitter, so that the servers that lost their Redis do not reconnect at the same time. */
public final class Backoff {

    private static final long INITIAL_MILLIS = 20;

    private final long maxMillis;
    private long millis = INITIAL_MILLIS;

    public Backoff(Duration max) {
        maxMillis = max.toMillis();
    }

    /** Returns the next delay: at random between half of the current delay and all of it. */
    public Duration next() {
        long delay = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
        millis = Math.min(millis * 2, maxMillis);
        return Duration.ofMillis(delay);
    }

    public void reset() {
        millis = INITIAL_MILLIS;
    }
}
