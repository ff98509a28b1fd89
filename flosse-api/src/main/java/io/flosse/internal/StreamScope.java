package io.flosse.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a generator's thread has opened and flosse closes at the latest when the generator has returned. */
public final class StreamScope implements AutoCloseable {

    private static final ThreadLocal<StreamScope> CURRENT = new ThreadLocal<>();

    /** Few, and on most streams none. Guarded by this. */
    private final List<Runnable> closings = new ArrayList<>(0);

    private StreamScope() {}

    /**
     * Opens a scope for the current thread.
     *
     * @return the scope, to be closed by the same thread
     */
    public static StreamScope open() {
        StreamScope scope = new StreamScope();
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
     * Adds what is to be closed.
     *
     * @param closing closes it; throws nothing
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
        rest().forEach(Runnable::run);
    }

    private synchronized List<Runnable> rest() {
        return List.copyOf(closings);
    }
}
