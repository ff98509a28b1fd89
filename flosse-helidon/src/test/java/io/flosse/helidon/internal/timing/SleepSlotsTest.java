package io.flosse.helidon.internal.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Buckets of the coalescing timer: assignment, due times and batches. */
class SleepSlotsTest {

    private static final long SECOND = 1_000_000_000;
    private static final SleepGrid GRID = new SleepGrid(10, 2);

    private final SleepSlots<String> slots = new SleepSlots<>();

    private long add(String sleeper, long end, int choices) {
        long due = slots.choose(GRID, end, choices);
        slots.add(sleeper, due);
        return due;
    }

    @Test
    void sleepTakesFirstBucketWithCapacityOrElseTheEmptiestOne() {
        assertThat(add("a", 5, 3)).isEqualTo(10);
        assertThat(add("b", 5, 3)).isEqualTo(10);
        assertThat(add("c", 5, 3)).isEqualTo(20);
        assertThat(add("d", 5, 3)).isEqualTo(20);
        assertThat(add("e", 15, 1))
                .as("due time with a single candidate bucket")
                .isEqualTo(20);
        assertThat(add("f", 5, 3)).isEqualTo(30);
        assertThat(add("g", 5, 3)).isEqualTo(30);
        assertThat(add("h", 5, 3)).as("due time when all buckets are full").isEqualTo(10);
        assertThat(add("i", 5, 3)).as("due time when all buckets are full").isEqualTo(30);
        assertThat(slots.all()).hasSize(9);
    }

    /** Sleeps from a time with longer intervals count for the buckets of the shorter intervals. */
    @Test
    void bucketsOfDifferentIntervalsAreShared() {
        SleepGrid coarse = new SleepGrid(20, 1);
        slots.add("a", slots.choose(coarse, 5, 2));
        slots.add("b", slots.choose(coarse, 5, 2));

        assertThat(slots.takeDue(20, 9)).containsExactly("a");
        add("c", 25, 2);
        add("d", 35, 2);
        add("e", 35, 2);
        assertThat(slots.takeDue(40, 9)).containsExactlyInAnyOrder("b", "c", "d");
        assertThat(slots.all()).containsExactly("e");
    }

    @Test
    void dueSleepsAreReturned() {
        add("a", 5, 1);
        add("b", 15, 1);
        add("c", 25, 1);

        assertThat(slots.first()).isEqualTo(10);
        assertThat(slots.next(10, 9, 99)).isEqualTo(20);
        assertThat(slots.next(30, 9, 99)).isEqualTo(99);
        assertThat(slots.takeDue(9, 9)).isEmpty();
        assertThat(slots.takeDue(20, 9)).containsExactly("a", "b");
        assertThat(slots.all()).containsExactly("c");
    }

    @Test
    void overdueSleepsAreWokenInBatchesEarliestFirst() {
        add("a", 5, 1);
        add("b", 15, 1);
        add("c", 15, 1);
        add("d", 25, 1);
        add("e", 95, 1);

        assertThat(slots.next(40, 4, 9_000_000))
                .as("next wake-up if one batch covers all overdue sleeps")
                .isEqualTo(100);
        assertThat(slots.next(40, 3, 9_000_000)).isEqualTo(500_040);
        assertThat(slots.takeDue(40, 2)).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(slots.takeDue(40, 2)).containsExactly("d");
        assertThat(slots.all()).containsExactly("e");
    }

    @Test
    void removedSleepLeavesNoBucketBehind() {
        long due = add("a", 5, 1);
        add("b", 5, 1);

        slots.remove("a", due);
        assertThat(slots.all()).containsExactly("b");
        slots.remove("a", due);
        slots.remove("b", due);

        assertThat(slots.isEmpty()).isTrue();
    }

    /** All streams wake at once, and then sleep for a second repeatedly. With equal durations they would stay synchronized. */
    @Test
    void synchronizedStreamsSpreadOut() {
        int streams = 1_000;
        SleepGrid grid = SleepGrid.of(SECOND / streams);
        SleepSlots<Integer> sleepers = new SleepSlots<>();
        IntStream.range(0, streams).forEach(i -> sleepers.add(i, sleepers.choose(grid, SECOND, grid.choices(SECOND))));
        long end = 400 * SECOND;
        int burst = 0;
        while (sleepers.first() < end) {
            long now = sleepers.first();
            List<Integer> woken = sleepers.takeDue(now, streams);
            burst = now < end - 2 * SECOND ? 0 : Math.max(burst, woken.size());
            woken.forEach(i -> sleepers.add(i, sleepers.choose(grid, now + SECOND, grid.choices(SECOND))));
        }
        assertThat(burst).isBetween(1, grid.room());
    }

    /** Adds one sleep per stream, spread evenly over a second, and returns the due times. */
    private static long[] spread(SleepSlots<Integer> sleepers, SleepGrid grid, int streams) {
        long[] due = new long[streams];
        for (int i = 0; i < streams; i++) {
            due[i] = sleepers.choose(grid, i * SECOND / streams, grid.choices(SECOND));
            sleepers.add(i, due[i]);
        }
        return due;
    }

    /** Sleeps that became due during a pause of the machine are woken in batches, fast enough to catch up. */
    @Test
    void pauseOfTheMachineCausesNoBurst() {
        long pause = 50_000_000;
        SleepGrid grid = SleepGrid.of(SECOND / 10_000);
        SleepSlots<Integer> sleepers = new SleepSlots<>();
        spread(sleepers, grid, 10_000);
        int burst = 0;
        long now;
        long next = pause;
        do {
            now = next;
            int lot = sleepers.lot(now, grid.room());
            next = sleepers.next(now, lot, SECOND);
            burst = Math.max(burst, sleepers.takeDue(now, lot).size());
        } while (sleepers.first() <= now);
        assertThat(burst).isBetween(grid.room(), 2 * grid.room());
        assertThat(now).as("time when no sleep is overdue any more").isBetween(pause, 2 * pause);
    }

    /** If the timer thread runs too rarely, it wakes larger batches, so that no sleep is late for long. */
    @Test
    void batchGrowsWhenTimerFallsBehind() {
        long timerInterval = 5_000_000;
        SleepGrid grid = SleepGrid.of(SECOND / 10_000);
        SleepSlots<Integer> sleepers = new SleepSlots<>();
        long[] due = spread(sleepers, grid, 10_000);
        long late = 0;
        for (long now = 0; now < 10 * SECOND; now += timerInterval) {
            for (int i : sleepers.takeDue(now, sleepers.lot(now, grid.room()))) {
                late = Math.max(late, now - due[i]);
                due[i] = sleepers.choose(grid, now + SECOND, grid.choices(SECOND));
                sleepers.add(i, due[i]);
            }
        }
        assertThat(late).isBetween(1L, 50_000_000L);
    }
}
