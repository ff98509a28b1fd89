package io.flosse.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Extreme durations and instants for tests of options, and an assertion for such options. */
public final class ExtremeTimes {

    public static final List<Duration> DURATIONS = List.of(
            Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
            Duration.ofSeconds(Long.MAX_VALUE),
            Duration.ofNanos(Long.MAX_VALUE),
            Duration.ofMillis(Long.MAX_VALUE),
            Duration.ofDays(400 * 365),
            Duration.ofNanos(1),
            Duration.ZERO,
            Duration.ofNanos(-1),
            Duration.ofSeconds(Long.MIN_VALUE));

    public static final List<Instant> INSTANTS = List.of(
            Instant.MAX,
            Instant.ofEpochMilli(Long.MAX_VALUE),
            Instant.EPOCH,
            Instant.ofEpochMilli(Long.MIN_VALUE),
            Instant.MIN);

    private ExtremeTimes() {}

    /** Configures an object with an extreme time. */
    public interface Use<T, V> {

        /** Returns the object that was configured with the value. */
        T configure(V value) throws Exception;
    }

    /** Uses the configured object. */
    public interface Then<T> {

        void use(T made) throws Exception;
    }

    /** Asserts that an option either accepts a time and works with it, or rejects it when it is set. */
    public static <T> void assertWorksOrIsRefused(Duration value, Use<T, Duration> option, Then<T> then)
            throws Exception {
        T made;
        try {
            made = option.configure(value);
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining(value.toString());
            assertThat(value).as("rejected time").isLessThanOrEqualTo(Duration.ZERO);
            return;
        }
        try {
            then.use(made);
        } catch (RuntimeException late) {
            fail("The option accepted " + value + " but failed when it was used", late);
        }
    }
}
