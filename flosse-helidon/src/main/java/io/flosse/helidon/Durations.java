package io.flosse.helidon;

import java.time.Duration;

/** Checks options; each error names the option. What is longer than a century is a century, so that nanoseconds fit. */
final class Durations {

    private static final Duration CENTURY = Duration.ofDays(36_500);

    private Durations() {}

    static Duration notNegative(String option, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(option + " must not be negative, but is " + value);
        }
        return atMostACentury(value);
    }

    static Duration positive(String option, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(option + " must be longer than zero, but is " + value);
        }
        return atMostACentury(value);
    }

    /** In nanoseconds, from zero on. */
    static long nanos(Duration value) {
        return value.isNegative() ? 0 : atMostACentury(value).toNanos();
    }

    private static Duration atMostACentury(Duration value) {
        return value.compareTo(CENTURY) > 0 ? CENTURY : value;
    }
}
