package io.flosse.internal;

import java.time.Duration;
import java.time.Instant;

/**
 * Checks options when they are given; each error names the option. What is longer than a century is a century, so that
 * any sum of times fits into nanoseconds.
 */
public final class Durations {

    /** For ever. */
    public static final Duration CENTURY = Duration.ofDays(36_500);

    private static final Duration MILLISECOND = Duration.ofMillis(1);

    private Durations() {}

    /**
     * Checks a time that may be zero.
     *
     * @param option its name
     * @param value the time
     * @return the time, at most a century
     * @throws IllegalArgumentException if it is negative
     */
    public static Duration notNegative(String option, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(option + " must not be negative, but is " + value);
        }
        return atMostACentury(value);
    }

    /**
     * Checks a time that must not be zero.
     *
     * @param option its name
     * @param value the time
     * @return the time, at most a century
     * @throws IllegalArgumentException if it is negative or zero
     */
    public static Duration positive(String option, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(option + " must be longer than zero, but is " + value);
        }
        return atMostACentury(value);
    }

    /**
     * Checks a time that must not be zero, and that is counted in milliseconds.
     *
     * @param option its name
     * @param value the time
     * @return the time, at least a millisecond and at most a century
     * @throws IllegalArgumentException if it is negative or zero
     */
    public static Duration positiveMillis(String option, Duration value) {
        Duration checked = positive(option, value);
        return checked.compareTo(MILLISECOND) < 0 ? MILLISECOND : checked;
    }

    /**
     * A time that was not checked.
     *
     * @param value the time
     * @return its nanoseconds, from zero to a century
     */
    public static long nanos(Duration value) {
        return value.isNegative() ? 0 : atMostACentury(value).toNanos();
    }

    /**
     * An instant that may lie far away.
     *
     * @param instant the instant
     * @return its milliseconds since the epoch, the farthest there are where they do not fit
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
