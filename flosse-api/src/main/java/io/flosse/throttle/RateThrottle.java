package io.flosse.throttle;

import io.flosse.SseRequest;
import io.flosse.internal.Durations;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * A throttle that limits the rate of openings with the generic cell rate algorithm (ITU-T I.371). For each key it keeps
 * only the theoretical arrival time (TAT): the time at which the key's full burst is available again. Keys whose TAT
 * has passed are removed. Beyond a maximum number of keys, further keys share buckets, which bounds the memory.
 */
final class RateThrottle implements Throttle {

    private static final int MIN_SWEEP_THRESHOLD = 1024;
    static final int MAX_KEYS = 100_000;

    /** The number of buckets shared by all keys beyond {@link #MAX_KEYS}. */
    static final int SHARED = 1024;

    private static final long MIN_SWEEP_INTERVAL = Duration.ofSeconds(1).toNanos();

    private final long interval;
    private final long burstTolerance;
    private final Function<SseRequest, String> key;
    private final boolean beforeAuthentication;
    private final LongSupplier clock;

    /** In {@link System#nanoTime()}, by key or by the number of a shared bucket. */
    private final Map<Object, Long> arrivalTimes = new ConcurrentHashMap<>();

    private volatile int sweepThreshold = MIN_SWEEP_THRESHOLD;
    private volatile long lastSweep;

    RateThrottle(int max, Duration period, Function<SseRequest, String> key, boolean beforeAuthentication) {
        this(max, period, key, beforeAuthentication, System::nanoTime);
    }

    RateThrottle(
            int max,
            Duration period,
            Function<SseRequest, String> key,
            boolean beforeAuthentication,
            LongSupplier clock) {
        if (max < 1 || !period.isPositive()) {
            throw new IllegalArgumentException(
                    "A throttle must admit at least 1 opening in a period longer than zero, but its limit is " + max
                            + " in " + period);
        }
        this.interval = Math.max(1, Durations.nanos(period) / max);
        this.burstTolerance = interval * (max - 1);
        this.key = Objects.requireNonNull(key);
        this.beforeAuthentication = beforeAuthentication;
        this.clock = clock;
        this.lastSweep = clock.getAsLong();
    }

    @Override
    public boolean beforeAuthentication() {
        return beforeAuthentication;
    }

    @Override
    public Admission admit(SseRequest request) {
        long now = clock.getAsLong();
        sweep(now);
        Object bucket = bucket(BoundedKey.of(key.apply(request)));
        long[] wait = new long[1];
        arrivalTimes.compute(bucket, (k, tat) -> {
            long start = tat == null || tat - now < 0 ? now : tat;
            wait[0] = start - now - burstTolerance;
            return wait[0] > 0 ? tat : Long.valueOf(start + interval);
        });
        return wait[0] > 0
                ? Admission.rejected(Duration.ofNanos(wait[0]))
                : Admission.admitted(beforeAuthentication ? () -> release(bucket) : () -> {});
    }

    private Object bucket(String requestKey) {
        return arrivalTimes.size() < MAX_KEYS || arrivalTimes.containsKey(requestKey)
                ? requestKey
                : Integer.valueOf(Math.floorMod(requestKey.hashCode(), SHARED));
    }

    int size() {
        return arrivalTimes.size();
    }

    /** Refunds a login that did not fail. Other openings are never refunded. */
    private void release(Object bucket) {
        arrivalTimes.computeIfPresent(bucket, (k, tat) -> tat - interval);
    }

    /**
     * Removes the keys whose TAT has passed: once each time the number of keys has doubled, and about once a second at
     * the maximum number of keys.
     */
    private void sweep(long now) {
        int size = arrivalTimes.size();
        if (size > sweepThreshold || (size >= MAX_KEYS && now - lastSweep >= MIN_SWEEP_INTERVAL)) {
            lastSweep = now;
            arrivalTimes.values().removeIf(tat -> tat - now < 0);
            sweepThreshold = Math.max(MIN_SWEEP_THRESHOLD, arrivalTimes.size() * 2);
        }
    }
}
