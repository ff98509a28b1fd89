package io.flosse.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a generator's thread has opened and flosse closes at the latest when the generator has returned. */
public final class StreamScope implements AutoCloseable {

    private static final ThreadLocal<StreamScope> CURRENT = new ThreadLocal<>();

    private final RefusedCalls refused;

    /** Few, and on most streams none. Guarded by this. */
    private List<Runnable> closings = new ArrayList<>(0);

    private StreamScope(RefusedCalls refused) {
        this.refused = refused;
    }

    /**
     * Opens a scope for the current thread.
     *
     * @param refused counts what the generator does after its end
     * @return the scope, to be closed by the same thread
     */
    public static StreamScope open(RefusedCalls refused) {
        StreamScope scope = new StreamScope(refused);
        CURRENT.set(scope);
        return scope;
    }

    /**
     * The scope of the current thread.
     *
     * @return the scope, empty outside of a generator
     */
    public static Optional<StreamScope> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /**
     * Counts what the generator does after its end.
     *
     * @return the calls that were refused
     */
    public RefusedCalls refused() {
        return refused;
    }

    /**
     * Adds what is to be closed.
     *
     * @param closing closes it
     */
    public synchronized void add(Runnable closing) {
        closings.add(closing);
    }

    /**
     * Forgets what has been closed before.
     *
     * @param closing what was added
     */
    public synchronized void remove(Runnable closing) {
        closings.remove(closing);
    }

    @Override
    public void close() {
        CURRENT.remove();
        // Outside of the lock: each removes itself.
        Actions.runAll(rest());
    }

    private synchronized List<Runnable> rest() {
        List<Runnable> rest = closings;
        closings = new ArrayList<>(0);
        return rest;
    }
}
