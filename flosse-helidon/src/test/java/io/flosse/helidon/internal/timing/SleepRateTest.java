package io.flosse.helidon.internal.timing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@link SleepRate}: chooses the bucket interval from the rate of sleeps. */
class SleepRateTest {

    private static final long MILLI = 1_000_000;

    private final SleepRate rate = new SleepRate();
    private long now = System.nanoTime();

    private void sleeps(int count, long interval) {
        for (int i = 0; i < count; i++) {
            rate.count(now);
            now += interval;
        }
    }

    @Test
    void intervalFollowsTheRate() {
        assertThat(rate.grid()).isNull();
        sleeps(5_000, MILLI / 10);
        assertThat(rate.grid()).isEqualTo(SleepGrid.of(MILLI / 10));
        sleeps(2_000, MILLI / 2);
        assertThat(rate.grid()).isEqualTo(SleepGrid.of(MILLI / 2));
        sleeps(300, 10 * MILLI);
        assertThat(rate.grid()).isNull();
    }

    /** Otherwise all sleeps that a pause delayed would be woken at once. */
    @Test
    void pauseOfTheMachineIsNotMistakenForRareSleeps() {
        sleeps(5_000, MILLI / 10);
        for (int pause = 0; pause < 10; pause++) {
            now += 500 * MILLI;
            for (int i = 0; i < 5_000; i++) {
                sleeps(1, MILLI / 10);
                assertThat(rate.grid()).isNotNull();
            }
        }
    }
}
