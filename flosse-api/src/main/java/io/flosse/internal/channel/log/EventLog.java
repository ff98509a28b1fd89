package io.flosse.internal.channel.log;

import io.flosse.SseEvent;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.wire.FramedEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The in-memory log of a channel's events, indexed by position. All subscribers in this process read it, each at its
 * own position. One thread at a time writes, under the fan-out's lock; any number of threads read without a lock.
 */
public final class EventLog {

    /** The position of the first event. */
    public static final long FIRST = 1;

    /** What the log holds of an event. */
    enum Held {
        /** The event, as long as the retention allows. */
        RETAINED,
        /** The event, for the subscribers of its time only: it is larger than the history. */
        LIVE_ONLY,
        /** The id of an event that was larger than the history. */
        ID_ONLY
    }

    /** An event in the log. Its time is {@link System#nanoTime()}. */
    public record Entry(long position, SseEvent event, long time, Held held) {

        /**
         * Returns whether a subscriber gets a gap in place of this event, because it is larger than the history.
         *
         * @param subscribedAt the tail of the log when the subscription began
         */
        public boolean isOmittedFor(long subscribedAt) {
            return held == Held.ID_ONLY || (held == Held.LIVE_ONLY && position < subscribedAt);
        }

        private Entry withHeld(Held newHeld) {
            SseEvent kept = newHeld == Held.ID_ONLY
                    ? event.id().map(SseEvent.of("")::withId).orElseGet(() -> SseEvent.of(""))
                    : event;
            return new Entry(position, kept, time, newHeld);
        }

        /** Returns the bytes that count for the history. */
        private long bytes() {
            return held == Held.RETAINED ? EventLog.bytes(event) : 0;
        }

        /** Returns the memory that counts for the budget. */
        private long memory() {
            return held == Held.RETAINED ? HistoryBudget.memory(event) : HistoryBudget.OVERHEAD;
        }
    }

    private final Retention retention;
    private final int maxEvents;

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

    /** The positions of the events that are {@link Held#LIVE_ONLY}, in ascending order. */
    private final Deque<Long> liveOnly = new ArrayDeque<>(0);

    /** The first position of the history after it was shortened for the budget. */
    private long cutTo = FIRST;

    public EventLog(Retention retention, HistoryBudget budget) {
        this.retention = retention;
        this.maxEvents = retention.bytes() == 0 ? 0 : retention.events();
        this.budget = budget;
    }

    private static long bytes(SseEvent event) {
        return event instanceof FramedEvent framed ? framed.length() : 0;
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

    /**
     * Returns the first position that a subscriber can read, from a position on, or the tail. Skips events that it gets
     * no more, because they are larger than the history.
     *
     * @param subscribedAt the tail of the log when the subscription began
     */
    public long skipOmitted(long position, long subscribedAt) {
        long next = position;
        while (next < tail) {
            Entry entry = read(next);
            if (entry == null || !entry.isOmittedFor(subscribedAt)) {
                break;
            }
            next++;
        }
        return next;
    }

    /** Appends an event. An event that is larger than the history removes none of the others. */
    public void append(SseEvent event, long now) {
        if (tail - head == ring.length()) {
            grow();
        }
        long position = tail;
        boolean fits = bytes(event) <= retention.bytes() && budget.canHold(HistoryBudget.memory(event), 0);
        add(new Entry(position, event, now, fits ? Held.RETAINED : Held.LIVE_ONLY));
        tail = position + 1;
    }

    private void add(Entry entry) {
        set(entry);
        historyBytes += entry.bytes();
        use(entry.memory());
        if (entry.held() == Held.LIVE_ONLY) {
            liveOnly.add(entry.position());
        }
    }

    private void set(Entry entry) {
        AtomicReferenceArray<@Nullable Entry> current = ring;
        current.set((int) entry.position() & (current.length() - 1), entry);
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
                    && tail - oldest <= maxEvents
                    && historyBytes <= retention.bytes()
                    && now - entry.time() < ageNanos) {
                break;
            }
            forgetOldest(entry);
        }
        discard(needed);
    }

    /**
     * Shortens the history until the budget is no longer exceeded. If the newest event would not fit into an otherwise
     * empty history, that event is not kept, and removes none of the others.
     *
     * @param needed as for {@link #trim}
     */
    public void cut(long needed) {
        Entry newest = oldest < tail && budget.isExceeded() ? read(tail - 1) : null;
        if (newest != null
                && newest.held() == Held.RETAINED
                && !budget.canHold(newest.memory(), budget.used() - historyMemory)) {
            remove(newest);
            add(newest.withHeld(Held.LIVE_ONLY));
        }
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
            remove(entry);
        }
        oldest++;
    }

    /** Removes an event from the history. */
    private void remove(Entry entry) {
        historyBytes -= entry.bytes();
        use(-entry.memory());
    }

    private void use(long memory) {
        historyMemory += memory;
        budget.add(memory);
    }

    /** Discards the events that are neither in the history nor needed. */
    private void discard(long needed) {
        while (!liveOnly.isEmpty() && liveOnly.peek() < needed) {
            Entry delivered = read(liveOnly.remove());
            if (delivered != null) {
                set(delivered.withHeld(Held.ID_ONLY));
            }
        }
        AtomicReferenceArray<@Nullable Entry> current = ring;
        long end = Math.min(oldest, needed);
        for (long position = head; position < end; position++) {
            current.set((int) position & (current.length() - 1), null);
        }
        head = Math.max(head, end);
    }
}
