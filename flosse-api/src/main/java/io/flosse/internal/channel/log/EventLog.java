package io.flosse.internal.channel.log;

import io.flosse.SseEvent;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.wire.FramedEvent;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The in-memory log of a channel's events, indexed by position. All subscribers in this process read it, each at its
 * own position. One thread at a time writes, under the fan-out's lock; any number of threads read without a lock.
 */
public final class EventLog {

    /** The position of the first event. */
    public static final long FIRST = 1;

    /** An event in the log. Its time is {@link System#nanoTime()}. */
    public record Entry(long position, SseEvent event, long time) {

        int bytes() {
            return event instanceof FramedEvent framed ? framed.length() : 0;
        }
    }

    private final Retention retention;

    /** The length is a power of two, so that the low bits of a position are its index. */
    private volatile AtomicReferenceArray<@Nullable Entry> ring = new AtomicReferenceArray<>(8);

    /**
     * The position of the next event. Written after the entry before it, so all entries before the tail are readable.
     */
    private volatile long tail = FIRST;

    /** The first position that is held. */
    private volatile long head = FIRST;

    // Guarded by the fan-out's lock.
    private HistoryBudget budget;
    private long oldest = FIRST;
    private long historyBytes;
    private long historyMemory;

    /** The first position of the history after it was shortened for the budget. */
    private long cutTo = FIRST;

    public EventLog(Retention retention, HistoryBudget budget) {
        this.retention = retention;
        this.budget = budget;
    }

    public long tail() {
        return tail;
    }

    /** Returns the first position that is held, for the history or for slow subscribers. */
    public long head() {
        return head;
    }

    /** Returns the first position of the history. */
    public long oldest() {
        return oldest;
    }

    public boolean hasHistory() {
        return oldest < tail;
    }

    /**
     * Returns whether the history may be shorter than its retention allows, because it was shortened for the budget. Once
     * enough events have followed, the retention would have removed those events anyway.
     */
    public boolean isCut() {
        return cutTo > FIRST && tail - cutTo < retention.events();
    }

    /** Returns the event at a position before the tail, null if it is no longer held. */
    @Nullable
    public Entry read(long position) {
        AtomicReferenceArray<@Nullable Entry> current = ring;
        Entry entry = current.get((int) position & (current.length() - 1));
        return entry != null && entry.position() == position ? entry : null;
    }

    public void append(SseEvent event, long now) {
        if (tail - head == ring.length()) {
            grow();
        }
        long position = tail;
        Entry entry = new Entry(position, event, now);
        AtomicReferenceArray<@Nullable Entry> current = ring;
        current.set((int) position & (current.length() - 1), entry);
        historyBytes += entry.bytes();
        use(HistoryBudget.memory(event));
        tail = position + 1;
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Entry> oldRing = ring;
        AtomicReferenceArray<@Nullable Entry> newRing = new AtomicReferenceArray<>(oldRing.length() * 2);
        for (long position = head; position < tail; position++) {
            newRing.set((int) position & (newRing.length() - 1), oldRing.get((int) position & (oldRing.length() - 1)));
        }
        ring = newRing;
    }

    /**
     * Removes events that are neither in the history nor needed by a subscriber.
     *
     * @param needed the first position that a subscriber may still read, the tail if there is none
     */
    public void trim(long needed, long now) {
        long ageNanos = retention.age().toNanos();
        while (oldest < tail) {
            Entry entry = read(oldest);
            if (entry != null
                    && tail - oldest <= retention.events()
                    && historyBytes <= retention.bytes()
                    && now - entry.time() < ageNanos) {
                break;
            }
            forgetOldest(entry);
        }
        discard(needed);
    }

    /**
     * Shortens the history until the budget is no longer exceeded.
     *
     * @param needed as for {@link #trim}
     */
    public void cut(long needed) {
        while (oldest < tail && budget.isExceeded()) {
            forgetOldest(read(oldest));
            cutTo = oldest;
        }
        discard(needed);
    }

    /** Returns the memory of the history to the budget. Called when the channel was removed. */
    public void release() {
        budget.add(-historyMemory);
        historyMemory = 0;
        budget = HistoryBudget.unlimited(); // subscribers may still read this log
    }

    private void forgetOldest(@Nullable Entry entry) {
        if (entry != null) {
            historyBytes -= entry.bytes();
            use(-HistoryBudget.memory(entry.event()));
        }
        oldest++;
    }

    private void use(long memory) {
        historyMemory += memory;
        budget.add(memory);
    }

    /** Discards the events that are neither in the history nor needed. */
    private void discard(long needed) {
        AtomicReferenceArray<@Nullable Entry> current = ring;
        long end = Math.min(oldest, needed);
        for (long position = head; position < end; position++) {
            current.set((int) position & (current.length() - 1), null);
        }
        head = Math.max(head, end);
    }
}
