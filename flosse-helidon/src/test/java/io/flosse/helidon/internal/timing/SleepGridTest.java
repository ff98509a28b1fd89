package io.flosse.helidon.internal.timing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interval and capacity of the buckets of the coalescing timer, depending on the rate of sleeps. */
class SleepGridTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1_000 * MILLISECOND;

    private static SleepGrid of(long perSecond) {
        return SleepGrid.of(SECOND / perSecond);
    }

    @ParameterizedTest
    @CsvSource({"1, false", "900, false", "1000, true", "1000000, true"})
    void rareSleepsAreNotCoalesced(long perSecond, boolean together) {
        assertThat(of(perSecond) != null).isEqualTo(together);
    }

    /** A millisecond is rounded up to 2^20 ns. */
    @ParameterizedTest
    @CsvSource({"1000, 4, 6", "2000, 2, 6", "4000, 1, 6", "10000, 1, 14", "100000, 1, 132"})
    void higherSleepRateMakesIntervalsShorterAndThenCapacityLarger(long perSecond, long millis, int room) {
        assertThat(of(perSecond)).isEqualTo(new SleepGrid(millis << 20, room));
    }

    @Test
    void firstBucketIsAfterTheDeadlineAndIntervalsAreAligned() {
        SleepGrid fine = of(10_000);
        SleepGrid coarse = of(1_000);
        for (long end : new long[] {0, 1, -1, fine.step(), coarse.step() - 1, Long.MIN_VALUE / 2, Long.MAX_VALUE / 2}) {
            assertThat(fine.first(end) - end).isBetween(1L, fine.step());
            assertThat(coarse.first(end) - end).isBetween(1L, coarse.step());
            assertThat(Math.floorMod(coarse.first(end), fine.step())).isZero();
        }
    }

    @Test
    void sleepIsExtendedByAtMostA64thAnd17Milliseconds() {
        SleepGrid grid = of(10_000);
        for (long nanos = 0; nanos < 3_600 * SECOND; nanos = nanos * 5 / 4 + 1) {
            int choices = grid.choices(nanos);
            // The first bucket is at most one interval after the deadline.
            assertThat(choices * grid.step()).isLessThanOrEqualTo(Math.min(nanos / 64, 17 * MILLISECOND));
        }
        assertThat(grid.choices(130 * MILLISECOND))
                .as("number of alternative buckets for 130 ms")
                .isZero();
        assertThat(grid.choices(140 * MILLISECOND)).isEqualTo(2);
        assertThat(grid.choices(SECOND)).isEqualTo(14);
        assertThat(grid.choices(3_600 * SECOND)).isEqualTo(16);
    }
}
