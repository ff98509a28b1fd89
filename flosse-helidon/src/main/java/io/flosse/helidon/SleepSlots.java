package io.flosse.helidon;

import java.util.ArrayList;
import java.util.Collection;
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

    /** By the time when they are woken, in {@link System#nanoTime()}. */
    private final NavigableMap<Long, Set<S>> slots = new TreeMap<>();

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

    /** When the next are, after a time; or what is given in place of that. */
    long nextAfter(long time, long otherwise) {
        Long next = slots.higherKey(time);
        return next == null ? otherwise : next;
    }

    /** Removes those whose time has come. */
    List<S> takeDue(long now) {
        Collection<Set<S>> due = slots.headMap(now, true).values();
        List<S> taken = new ArrayList<>();
        due.forEach(taken::addAll);
        due.clear();
        return taken;
    }

    /** All who sleep. */
    List<S> all() {
        List<S> all = new ArrayList<>();
        slots.values().forEach(all::addAll);
        return all;
    }
}
