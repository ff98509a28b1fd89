package io.flosse.internal;

import io.flosse.StreamEndedException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The waits inside flosse that the end of one stream wakes without an interrupt. Code that waits registers an action
 * that wakes it, checks {@link #hasEnded} before and after it blocks, and throws by {@link #requireLive}. Thread-safe.
 */
public final class StreamWaits {

    /** No waits: outside of a stream, or for a stream whose end interrupts its generator. It never ends. */
    public static final StreamWaits NONE = new StreamWaits(Optional::empty);

    private final Supplier<Optional<StreamEndedException>> end;
    private final Set<Runnable> wakeActions = ConcurrentHashMap.newKeySet();

    /**
     * Creates the waits of a stream.
     *
     * @param end returns a new exception that reports the end of the stream; empty before the end
     */
    public StreamWaits(Supplier<Optional<StreamEndedException>> end) {
        this.end = end;
    }

    /**
     * Registers a wait. Call it before {@link #hasEnded}, so that either this thread or the end sees the other.
     *
     * @param wakeAction wakes the waiting thread; must not block
     */
    public void add(Runnable wakeAction) {
        if (this != NONE) {
            wakeActions.add(wakeAction);
        }
    }

    /**
     * Removes a wait.
     *
     * @param wakeAction the registered action
     */
    public void remove(Runnable wakeAction) {
        if (this != NONE) {
            wakeActions.remove(wakeAction);
        }
    }

    /**
     * Returns whether the stream has ended.
     *
     * @return true after the end
     */
    public boolean hasEnded() {
        return end.get().isPresent();
    }

    /**
     * Throws if the stream has ended.
     *
     * @throws StreamEndedException after the end
     */
    public void requireLive() {
        Optional<StreamEndedException> ended = end.get();
        if (ended.isPresent()) {
            throw ended.get();
        }
    }

    /** Wakes all registered waits. Call it after the stream has ended. */
    public void wakeAll() {
        wakeActions.forEach(Runnable::run);
    }
}
