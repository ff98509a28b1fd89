package io.flosse.helidon;

import java.time.Duration;

/** Checks options; each error names the option. */
final class Durations {

    private Durations() {}

    static Duration notNegative(String option, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(option + " must not be negative, but is " + value);
        }
        return value;
    }

    static Duration positive(String option, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(option + " must be longer than zero, but is " + value);
        }
        return value;
    }
}
