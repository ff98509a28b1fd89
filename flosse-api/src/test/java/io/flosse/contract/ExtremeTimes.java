package io.flosse.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Times that nobody means, or means as "for ever". */
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

    /** What is done with an option. */
    public interface Use<T, V> {

        /** Gives what was made with the option. */
        T configure(V value) throws Exception;
    }

    /** What is done with what was made. */
    public interface Then<T> {

        void use(T made) throws Exception;
    }

    /** An option takes a time, or says at once why not; what was made with it works. */
    public static <T> void assertWorksOrIsRefused(Duration value, Use<T, Duration> option, Then<T> then)
            throws Exception {
        T made;
        try {
            made = option.configure(value);
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining(value.toString());
            assertThat(value).as("a time that means something").isLessThanOrEqualTo(Duration.ZERO);
            return;
        }
        try {
            then.use(made);
        } catch (RuntimeException late) {
            fail("Refused when it was used: " + value, late);
        }
    }
}
