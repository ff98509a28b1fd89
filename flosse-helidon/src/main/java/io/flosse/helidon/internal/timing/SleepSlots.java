package io.flosse.helidon.internal.timing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who is woken when. Those whose sleep ended at once, be it for a pause of the machine, would sleep and wake in one crowd ever
 * after; so each takes the first time that has room, and where there is none the one at which the fewest are woken.
 *
 * <p>Not for several threads at once.
 */
final class SleepSlots<S> {

    /** Between two lots of those whose time has come, where they are too many to be woken at once. */
    private static final long PAUSE = 500_000; // ns

    /** By the time when they are woken, in {@link System#nanoTime()}. */
    private final NavigableMap<Long, Set<S>> slots = new TreeMap<>();

    /** How many were to be woken at the last look. */
    private int lot;

    /** How many had waited then, if there was no room for all of them; else 0. */
    private int waiting;

    /** When somebody is to be woken whose sleep lasts to an end, and who may choose among so many times. */
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

    /** When the first are to be woken, if it is not empty. */
    long first() {
        return slots.firstKey();
    }

    /**
     * How many to wake now: as many as there is room for at one time. Whom a pause of the machine made late would all write at
     * once, and wait for each other. Twice as many where those who wait do not become fewer.
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

    /** When to wake the next, if a lot is woken now; or what is given in place of that. */
    long next(long now, int lot, long otherwise) {
        if (due(now) > lot) {
            return now + PAUSE;
        }
        Long next = slots.higherKey(now);
        return next == null ? otherwise : next;
    }

    /** Removes those whose time has come, and came first: time by time until they are a lot, or a few more. */
    List<S> takeDue(long now, int lot) {
        List<S> cleanup = new ArrayList<>();
        NavigableMap<Long, Set<S>> due = slots.headMap(now, true);
        int times = 0;
        for (Set<S> slot : due.values()) {
            if (cleanup.size() >= lot) {
                break;
            }
            cleanup.addAll(slot);
            times++;
        }
        // Only now, so that nobody is lost where memory is short.
        for (; times > 0; times--) {
            due.pollFirstEntry();
        }
        return cleanup;
    }

    /** All who sleep. */
    List<S> all() {
        List<S> all = new ArrayList<>();
        slots.values().forEach(all::addAll);
        return all;
    }
}
