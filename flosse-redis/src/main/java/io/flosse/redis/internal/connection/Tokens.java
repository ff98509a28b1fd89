package io.flosse.redis.internal.connection;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** A generator of unique tokens. A token makes an operation idempotent: if it is repeated, Redis performs it once. */
public final class Tokens {

    private static final int RADIX = 36;

    private final String prefix = Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), RADIX) + "-";
    private final AtomicLong last = new AtomicLong();

    public String next() {
        return prefix + Long.toString(last.incrementAndGet(), RADIX);
    }
}
