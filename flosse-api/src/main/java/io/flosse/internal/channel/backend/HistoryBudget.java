package io.flosse.internal.channel.backend;

import io.flosse.SseEvent;
import io.flosse.internal.wire.FramedEvent;
import java.util.concurrent.atomic.AtomicLong;

/** The memory that all histories of a registry use in this process, and its maximum. Thread-safe. */
public final class HistoryBudget {

    /** The objects around the bytes and the text of an event, rounded up. */
    public static final int OVERHEAD = 256;

    private final long max;
    private final boolean forCopies;
    private final AtomicLong used = new AtomicLong();

    /**
     * Creates a budget of which nothing is used.
     *
     * @param max the maximum in bytes
     */
    public HistoryBudget(long max) {
        this(max, false);
    }

    private HistoryBudget(long max, boolean forCopies) {
        this.max = max;
        this.forCopies = forCopies;
    }

    /**
     * Creates a budget for copies of histories that are in a store. What does not fit is read from the store again.
     *
     * @param max the maximum in bytes
     * @return a new budget
     */
    public static HistoryBudget forCopies(long max) {
        return new HistoryBudget(max, true);
    }

    /**
     * Returns a budget that is never exceeded.
     *
     * @return a new budget
     */
    public static HistoryBudget unlimited() {
        return new HistoryBudget(Long.MAX_VALUE);
    }

    /**
     * Returns the memory that an event takes: its frame, its text of up to two bytes for each character, and the objects
     * around them.
     *
     * @param event an event of a channel
     * @return an upper bound in bytes
     */
    public static long memory(SseEvent event) {
        long frame = event instanceof FramedEvent framed ? framed.length() : 0;
        long characters = event.data() instanceof String text ? text.length() : 0;
        return OVERHEAD
                + frame
                + 2 * (characters + event.event().map(String::length).orElse(0));
    }

    /**
     * Adds memory that is used from now on.
     *
     * @param bytes its size, negative for memory that is no longer used
     */
    public void add(long bytes) {
        used.addAndGet(bytes);
    }

    /**
     * Returns whether the histories use more than the maximum.
     *
     * @return whether a history must be shortened
     */
    public boolean isExceeded() {
        return used.get() > max;
    }

    /**
     * Returns whether an event fits.
     *
     * @param bytes the memory of the event
     * @return false if the event would exceed the maximum
     */
    public boolean hasRoomFor(long bytes) {
        return used.get() <= max - bytes;
    }

    /**
     * Returns whether a history can hold an event once all its other events have been removed.
     *
     * @param bytes the memory of the event
     * @param others the memory of the other histories
     * @return false if removing events would not help; always true for copies, since the store has the event
     */
    public boolean canHold(long bytes, long others) {
        return forCopies || bytes <= max - others;
    }

    /**
     * Returns the memory that the histories use.
     *
     * @return the memory in bytes
     */
    public long used() {
        return used.get();
    }

    /**
     * Returns the maximum.
     *
     * @return the maximum in bytes
     */
    public long max() {
        return max;
    }
}
