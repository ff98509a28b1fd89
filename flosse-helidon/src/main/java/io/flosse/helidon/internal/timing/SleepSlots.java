package io.flosse.helidon.internal.timing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The buckets of a coalescing timer: the sleeping threads, by their wake-up times.
 *
 * <p>Threads released together, for example after a pause of the machine, would stay synchronized. So each sleep is
 * assigned to the first bucket with free capacity, or to the one with the fewest threads if all are full.
 *
 * <p>Not thread-safe.
 *
 * @param <S> the type of an entry
 */
final class SleepSlots<S> {

    /** The time between two batches if more threads are due than fit into one batch. */
    private static final long PAUSE = 500_000; // ns

    /** The buckets by their wake-up time in {@link System#nanoTime()}. */
    private final NavigableMap<Long, Set<S>> slots = new TreeMap<>();

    /** The size of the last batch. */
    private int lot;

    /** The number of due threads at the last batch if they did not all fit into it; else 0. */
    private int waiting;

    /** Returns the wake-up time for a sleep that ends at {@code end} and may use the next {@code choices} buckets. */
    long choose(SleepGrid grid, long end, int choices) {
        long first = grid.first(end);
        long emptiest = first;
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < choices && fewest >= grid.room(); i++) {
            long time = first + i * grid.step();
            int count = slots.getOrDefault(time, Set.of()).size();
            if (count < fewest) {
                fewest = count;
                emptiest = time;
            }
        }
        return emptiest;
    }

    /** Adds an entry to the bucket of a wake-up time. */
    void add(S sleeper, long due) {
        slots.computeIfAbsent(due, slot -> new HashSet<>()).add(sleeper);
    }

    void remove(S sleeper, long due) {
        slots.computeIfPresent(due, (key, slot) -> {
            slot.remove(sleeper);
            return slot.isEmpty() ? null : slot;
        });
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /** Returns the earliest wake-up time. There must be an entry. */
    long first() {
        return slots.firstKey();
    }

    /**
     * Returns the size of the next batch. It is normally the capacity of a bucket, because threads delayed by a pause
     * of the machine would contend if all of them wrote at once. It doubles while the number of due threads does not
     * decrease.
     */
    int lot(long now, int room) {
        int due = due(now);
        boolean isNew = due <= room || waiting == 0;
        lot = isNew ? room : Math.max(room, due < waiting ? lot : Math.min(due, 2 * lot));
        waiting = due <= room ? 0 : due;
        return lot;
    }

    private int due(long now) {
        return slots.headMap(now, true).values().stream().mapToInt(Set::size).sum();
    }

    /**
     * Returns when to wake the next batch if one is woken now, or {@code otherwise} if there are no further entries.
     */
    long next(long now, int lot, long otherwise) {
        if (due(now) > lot) {
            return now + PAUSE;
        }
        Long next = slots.higherKey(now);
        return next == null ? otherwise : next;
    }

    /** Removes the earliest due buckets until they hold a batch or more, and returns their entries. */
    List<S> takeDue(long now, int lot) {
        List<S> taken = new ArrayList<>();
        NavigableMap<Long, Set<S>> due = slots.headMap(now, true);
        int times = 0;
        for (Set<S> slot : due.values()) {
            if (taken.size() >= lot) {
                break;
            }
            taken.addAll(slot);
            times++;
        }
        // The buckets are removed last, so that no entry is lost if the list cannot grow for lack of memory.
        for (; times > 0; times--) {
            due.pollFirstEntry();
        }
        return taken;
    }

    /** Returns all entries. */
    List<S> all() {
        List<S> all = new ArrayList<>();
        slots.values().forEach(all::addAll);
        return all;
    }
}
