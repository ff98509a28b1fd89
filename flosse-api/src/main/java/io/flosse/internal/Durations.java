package io.flosse.internal;

import java.time.Duration;
import java.time.Instant;

/**
 * Validates duration options; each error names the option. Durations are capped at a century, so that sums of them fit
 * into nanoseconds.
 */
public final class Durations {

    /** The maximum duration, used for "never". */
    public static final Duration CENTURY = Duration.ofDays(36_500);

    private static final Duration MILLISECOND = Duration.ofMillis(1);

    private Durations() {}

    /**
     * Checks a duration that may be zero.
     *
     * @param option the option's name
     * @param value the duration
     * @return the duration, at most a century
     * @throws IllegalArgumentException if it is negative
     */
    public static Duration notNegative(String option, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(option + " must not be negative, but is " + value);
        }
        return atMostACentury(value);
    }

    /**
     * Checks an interval that zero turns off.
     *
     * @param option the option's name
     * @param min the minimum, which bounds what the interval costs
     * @param value the interval
     * @return the interval, at most a century
     * @throws IllegalArgumentException if it is negative, or shorter than the minimum and not zero
     */
    public static Duration zeroOrAtLeast(String option, Duration min, Duration value) {
        if (!value.isZero() && value.compareTo(min) < 0) {
            throw new IllegalArgumentException(
                    option + " must be zero, which turns it off, or at least " + min + ", but is " + value);
        }
        return atMostACentury(value);
    }

    /**
     * Checks a duration that must not be zero.
     *
     * @param option the option's name
     * @param value the duration
     * @return the duration, at most a century
     * @throws IllegalArgumentException if it is negative or zero
     */
    public static Duration positive(String option, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(option + " must be longer than zero, but is " + value);
        }
        return atMostACentury(value);
    }

    /**
     * Checks a duration that must not be zero and is used in milliseconds.
     *
     * @param option the option's name
     * @param value the duration
     * @return the duration, at least a millisecond and at most a century
     * @throws IllegalArgumentException if it is negative or zero
     */
    public static Duration positiveMillis(String option, Duration value) {
        Duration checked = positive(option, value);
        return checked.compareTo(MILLISECOND) < 0 ? MILLISECOND : checked;
    }

    /**
     * Converts an unchecked duration to nanoseconds.
     *
     * @param value the duration
     * @return its nanoseconds, from zero to a century
     */
    public static long nanos(Duration value) {
        return value.isNegative() ? 0 : atMostACentury(value).toNanos();
    }

    /**
     * Converts an instant of any distance to milliseconds.
     *
     * @param instant the instant
     * @return its milliseconds since the epoch, capped to the range of a long
     */
    public static long epochMillis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException far) {
            return instant.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
    }

    private static Duration atMostACentury(Duration value) {
        return value.compareTo(CENTURY) > 0 ? CENTURY : value;
    }
}
