package io.flosse.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Resources opened by the thread of a generator or a job that are closed at the latest when that has returned. */
public final class StreamScope implements AutoCloseable {

    private static final ThreadLocal<StreamScope> CURRENT = new ThreadLocal<>();

    private final RefusedCalls refused;
    private final StreamWaits waits;

    /** Usually empty, so its capacity starts at 0. Guarded by this. */
    private List<Runnable> closeActions = new ArrayList<>(0);

    private StreamScope(RefusedCalls refused, StreamWaits waits) {
        this.refused = refused;
        this.waits = waits;
    }

    /**
     * Opens a scope for the current thread.
     *
     * @param refused counts the calls of the generator or the job after its end
     * @param waits the waits that the end of the stream wakes
     * @return the scope, to be closed by the same thread
     */
    public static StreamScope open(RefusedCalls refused, StreamWaits waits) {
        StreamScope scope = new StreamScope(refused, waits);
        CURRENT.set(scope);
        return scope;
    }

    /**
     * Returns the scope of the current thread.
     *
     * @return the scope, empty outside of a generator or a job
     */
    public static Optional<StreamScope> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * Returns the counter of the calls of the generator or the job after its end.
     *
     * @return the refused calls
     */
    public RefusedCalls refused() {
        return refused;
    }

    /**
     * Returns the waits that the end of the stream wakes.
     *
     * @return the waits; {@link StreamWaits#NONE} if the end interrupts the generator
     */
    public StreamWaits waits() {
        return waits;
    }

    /**
     * Registers a resource.
     *
     * @param closeAction closes the resource
     */
    public synchronized void add(Runnable closeAction) {
        closeActions.add(closeAction);
    }

    /**
     * Removes a resource that was closed earlier.
     *
     * @param closeAction the registered action
     */
    public synchronized void remove(Runnable closeAction) {
        closeActions.remove(closeAction);
    }

    @Override
    public void close() {
        CURRENT.remove();
        // Runs without the lock, since each action removes itself.
        Actions.runAll(drain());
    }

    private synchronized List<Runnable> drain() {
        List<Runnable> actions = closeActions;
        closeActions = new ArrayList<>(0);
        return actions;
    }
}
