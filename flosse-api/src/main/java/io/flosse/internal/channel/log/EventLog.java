package io.flosse.internal.channel.log;

import io.flosse.SseEvent;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.wire.FramedEvent;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The events of one channel that this process holds, by position: the one copy that all its subscribers read, each at its
 * own place. One thread writes at a time, under the fan-out's lock; any number read, without a lock.
 */
public final class EventLog {

    /** Positions begin here. */
    public static final long FIRST = 1;

    /** One event. Its time is {@link System#nanoTime()}. */
    public record Entry(long position, SseEvent event, long time) {

        int bytes() {
            return event instanceof FramedEvent framed ? framed.length() : 0;
        }
    }

    private final Retention limits;

    /** A power of two long, so that a position's low bits are its index. */
    private volatile AtomicReferenceArray<@Nullable Entry> ring = new AtomicReferenceArray<>(8);

    /** The position that the next event will get. Written after its entry, so what lies before it can be read. */
    private volatile long tail = FIRST;

    /** The first position that is held. */
    private volatile long head = FIRST;

    // Guarded by the fan-out's lock.
    private long oldest = FIRST;
    private long historyBytes;

    public EventLog(Retention limits) {
        this.limits = limits;
    }

    public long tail() {
        return tail;
    }

    /** The first position that is held, for the history or for subscribers who have not had it yet. */
    public long head() {
        return head;
    }

    /** The first position of the history. */
    public long oldest() {
        return oldest;
    }

    public boolean hasHistory() {
        return oldest < tail;
    }

    /** The event at a position before the tail; null if it is no longer held. */
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
        tail = position + 1;
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Entry> small = ring;
        AtomicReferenceArray<@Nullable Entry> large = new AtomicReferenceArray<>(small.length() * 2);
        for (long position = head; position < tail; position++) {
            large.set((int) position & (large.length() - 1), small.get((int) position & (small.length() - 1)));
        }
        ring = large;
    }

    /**
     * Lets go of what is over.
     *
     * @param needed the first position that a subscriber may still ask for, the tail if there is none
     */
    public void trim(long needed, long now) {
        long ageNanos = limits.age().toNanos();
        while (oldest < tail) {
            Entry entry = read(oldest);
            if (entry != null) {
                if (tail - oldest <= limits.events()
                        && historyBytes <= limits.bytes()
                        && now - entry.time() < ageNanos) {
                    break;
                }
                historyBytes -= entry.bytes();
            }
            oldest++;
        }
        AtomicReferenceArray<@Nullable Entry> current = ring;
        long end = Math.min(oldest, needed);
        for (long position = head; position < end; position++) {
            current.set((int) position & (current.length() - 1), null);
        }
        head = Math.max(head, end);
    }
}
