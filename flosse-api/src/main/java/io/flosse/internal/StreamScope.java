package io.flosse.internal;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a generator's thread has opened and flosse closes at the latest when the generator has returned. */
public final class StreamScope implements AutoCloseable {

    private static final ThreadLocal<StreamScope> CURRENT = new ThreadLocal<>();

    private final Set<Runnable> closings = ConcurrentHashMap.newKeySet();

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
    public void add(Runnable closing) {
        closings.add(closing);
    }

    /**
     * Forgets what has been closed before.
     *
     * @param closing what was added
     */
    public void remove(Runnable closing) {
        closings.remove(closing);
    }

    @Override
    public void close() {
        CURRENT.remove();
        closings.forEach(Runnable::run);
    }
}
