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
 * Counts openings per time by the generic cell rate algorithm (ITU-T I.371): of each key it keeps one time only, when its
 * allowance will be whole again. A key whose allowance is whole takes no memory for long; beyond a number of keys, further
 * ones share buckets, so that nobody fills the memory with keys.
 */
final class RateThrottle implements Throttle {

    private static final int FIRST_SWEEP = 1024;
    static final int MOST_KEYS = 100_000;
    static final int SHARED = 1024;
    private static final long SWEEP_PAUSE = Duration.ofSeconds(1).toNanos();

    private final long interval;
    private final long allowance;
    private final Function<SseRequest, String> key;
    private final boolean beforeAuthentication;
    private final LongSupplier clock;

    /** By key, or by the number of a shared bucket. */
    private final Map<Object, Long> wholeAgain = new ConcurrentHashMap<>();

    private volatile int sweepAt = FIRST_SWEEP;
    private volatile long swept;

    RateThrottle(int most, Duration period, Function<SseRequest, String> key, boolean beforeAuthentication) {
        this(most, period, key, beforeAuthentication, System::nanoTime);
    }

    RateThrottle(
            int most,
            Duration period,
            Function<SseRequest, String> key,
            boolean beforeAuthentication,
            LongSupplier clock) {
        if (most < 1 || !period.isPositive()) {
            throw new IllegalArgumentException(
                    "A throttle must admit at least 1 in a period longer than zero, but is told " + most + " in "
                            + period);
        }
        this.interval = Durations.nanos(period) / most;
        this.allowance = interval * (most - 1);
        this.key = Objects.requireNonNull(key);
        this.beforeAuthentication = beforeAuthentication;
        this.clock = clock;
        this.swept = clock.getAsLong();
    }

    @Override
    public boolean beforeAuthentication() {
        return beforeAuthentication;
    }

    @Override
    public Admission admit(SseRequest request) {
        long now = clock.getAsLong();
        sweep(now);
        Object owner = bucket(key.apply(request));
        long[] wait = new long[1];
        wholeAgain.compute(owner, (k, whole) -> {
            long from = whole == null || whole - now < 0 ? now : whole;
            wait[0] = from - now - allowance;
            return wait[0] > 0 ? whole : Long.valueOf(from + interval);
        });
        return wait[0] > 0
                ? Admission.rejected(Duration.ofNanos(wait[0]))
                : Admission.admitted(beforeAuthentication ? () -> release(owner) : () -> {});
    }

    private Object bucket(String owner) {
        return wholeAgain.size() < MOST_KEYS || wholeAgain.containsKey(owner)
                ? owner
                : Integer.valueOf(Math.floorMod(owner.hashCode(), SHARED));
    }

    int size() {
        return wholeAgain.size();
    }

    /** Only an innocent log-in is given back; an opening that was used is used. */
    private void release(Object owner) {
        wholeAgain.computeIfPresent(owner, (k, whole) -> whole - interval);
    }

    /** Forgets the keys whose allowance is whole, once for each doubling of their number; now and then if they are many. */
    private void sweep(long now) {
        int size = wholeAgain.size();
        if (size > sweepAt || (size >= MOST_KEYS && now - swept >= SWEEP_PAUSE)) {
            swept = now;
            wholeAgain.values().removeIf(whole -> whole - now < 0);
            sweepAt = Math.max(FIRST_SWEEP, wholeAgain.size() * 2);
        }
    }
}
