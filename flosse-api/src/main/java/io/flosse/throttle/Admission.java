package io.flosse.throttle;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** What a {@link Throttle} decided: admitted, with something to give back, or rejected for the moment. */
public final class Admission {

    private final Optional<Duration> retryAfter;
    private final AtomicReference<Runnable> release;

    private Admission(Optional<Duration> retryAfter, Runnable release) {
        this.retryAfter = retryAfter;
        this.release = new AtomicReference<>(release);
    }

    /**
     * Admits the request.
     *
     * @param release what gives back what the request took; run at most once
     * @return the decision
     */
    public static Admission admitted(Runnable release) {
        return new Admission(Optional.empty(), Objects.requireNonNull(release));
    }

    /**
     * Rejects the request for the moment.
     *
     * @param retryAfter the wait until the same request may be admitted, honestly; not negative
     * @return the decision
     */
    public static Admission rejected(Duration retryAfter) {
        if (retryAfter.isNegative()) {
            throw new IllegalArgumentException("retryAfter must not be negative, but is " + retryAfter);
        }
        return new Admission(Optional.of(retryAfter), () -> {});
    }

    /**
     * How long to wait.
     *
     * @return the wait of a rejected request, empty if it is admitted
     */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    /** Gives back what an admitted request took; the second call does nothing. */
    public void release() {
        release.getAndSet(() -> {}).run();
    }
}
