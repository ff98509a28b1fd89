package io.flosse.redis.internal.connection;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Names for what is asked of Redis, so that what was asked twice is done once. */
public final class Tokens {

    private static final int RADIX = 36;

    private final String machine = Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), RADIX) + "-";
    private final AtomicLong last = new AtomicLong();

    public String next() {
        return machine + Long.toString(last.incrementAndGet(), RADIX);
    }
}
