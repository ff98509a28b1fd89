package io.flosse.helidon.internal.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

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
    void eachTakesTheFirstTimeWithRoomAndThenTheOneWithTheFewest() {
        assertThat(add("a", 5, 3)).isEqualTo(10);
        assertThat(add("b", 5, 3)).isEqualTo(10);
        assertThat(add("c", 5, 3)).isEqualTo(20);
        assertThat(add("d", 5, 3)).isEqualTo(20);
        assertThat(add("e", 15, 1)).as("no other choice").isEqualTo(20);
        assertThat(add("f", 5, 3)).isEqualTo(30);
        assertThat(add("g", 5, 3)).isEqualTo(30);
        assertThat(add("h", 5, 3)).as("no room").isEqualTo(10);
        assertThat(add("i", 5, 3)).as("no room").isEqualTo(30);
        assertThat(slots.all()).hasSize(9);
    }

    /** Who came when sleeps were rarer is in the way of those who come now. */
    @Test
    void gridsMeet() {
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
    void givesThoseWhoseTimeHasCome() {
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
    void thoseWhoseTimeCameFirstAreWokenFirstAndTheOthersSoon() {
        add("a", 5, 1);
        add("b", 15, 1);
        add("c", 15, 1);
        add("d", 25, 1);
        add("e", 95, 1);

        assertThat(slots.next(40, 4, 9_000_000)).as("enough for all").isEqualTo(100);
        assertThat(slots.next(40, 3, 9_000_000)).isEqualTo(500_040);
        assertThat(slots.takeDue(40, 2)).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(slots.takeDue(40, 2)).containsExactly("d");
        assertThat(slots.all()).containsExactly("e");
    }

    @Test
    void whoIsRemovedLeavesNothing() {
        long due = add("a", 5, 1);
        add("b", 5, 1);

        slots.remove("a", due);
        assertThat(slots.all()).containsExactly("b");
        slots.remove("a", due);
        slots.remove("b", due);

        assertThat(slots.isEmpty()).isTrue();
    }

    /** All were woken at once, and sleep for a second again and again: in step for ever, if each slept as long. */
    @Test
    void crowdParts() {
        int streams = 1_000;
        SleepGrid grid = SleepGrid.of(SECOND / streams);
        SleepSlots<Integer> sleepers = new SleepSlots<>();
        IntStream.range(0, streams).forEach(i -> sleepers.add(i, sleepers.choose(grid, SECOND, grid.choices(SECOND))));
        long end = 400 * SECOND;
        int crowd = 0;
        while (sleepers.first() < end) {
            long now = sleepers.first();
            List<Integer> woken = sleepers.takeDue(now, streams);
            crowd = now < end - 2 * SECOND ? 0 : Math.max(crowd, woken.size());
            woken.forEach(i -> sleepers.add(i, sleepers.choose(grid, now + SECOND, grid.choices(SECOND))));
        }
        assertThat(crowd).isBetween(1, grid.room());
    }

    /** Has as many sleep as in that many streams, evenly over a second; when each is due. */
    private static long[] spread(SleepSlots<Integer> sleepers, SleepGrid grid, int streams) {
        long[] due = new long[streams];
        for (int i = 0; i < streams; i++) {
            due[i] = sleepers.choose(grid, i * SECOND / streams, grid.choices(SECOND));
            sleepers.add(i, due[i]);
        }
        return due;
    }

    /** What would be a crowd after a pause of the machine is woken in lots, fast enough to catch up. */
    @Test
    void pauseMakesNoCrowd() {
        long pause = 50_000_000;
        SleepGrid grid = SleepGrid.of(SECOND / 10_000);
        SleepSlots<Integer> sleepers = new SleepSlots<>();
        spread(sleepers, grid, 10_000);
        int crowd = 0;
        long now;
        long next = pause;
        do {
            now = next;
            int lot = sleepers.lot(now, grid.room());
            next = sleepers.next(now, lot, SECOND);
            crowd = Math.max(crowd, sleepers.takeDue(now, lot).size());
        } while (sleepers.first() <= now);
        assertThat(crowd).isBetween(grid.room(), 2 * grid.room());
        assertThat(now).as("in time again").isBetween(pause, 2 * pause);
    }

    /** A machine with too little time to look as often as asked for wakes more at a time, and nobody late for long. */
    @Test
    void whereLooksAreRareLotsAreLarger() {
        long look = 5_000_000;
        SleepGrid grid = SleepGrid.of(SECOND / 10_000);
        SleepSlots<Integer> sleepers = new SleepSlots<>();
        long[] due = spread(sleepers, grid, 10_000);
        long late = 0;
        for (long now = 0; now < 10 * SECOND; now += look) {
            for (int i : sleepers.takeDue(now, sleepers.lot(now, grid.room()))) {
                late = Math.max(late, now - due[i]);
                due[i] = sleepers.choose(grid, now + SECOND, grid.choices(SECOND));
                sleepers.add(i, due[i]);
            }
        }
        assertThat(late).isBetween(1L, 50_000_000L);
    }
}
