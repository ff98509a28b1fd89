package io.flosse.helidon.internal.request;

import io.flosse.internal.Actions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What a request has taken on its way, given back in reverse order, once, whatever happened. */
public final class CleanupStack implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    // Guarded by this: user code may add from any thread.
    private final Deque<Runnable> release = new ArrayDeque<>(4);
    private boolean closed;

    /** Whether a thread gives back, with what is added meanwhile. */
    private boolean releasing;

    /** Remembers how to give back what was just taken. */
    public void add(Runnable release) {
        if (isLate(release)) {
            releaseAll();
        }
    }

    /** Whether nobody would come for it. */
    private synchronized boolean isLate(Runnable release) {
        this.release.push(release);
        return closed && !releasing;
    }

    /** The same for what user code took: where its way back fails, the rest must still be given back. */
    public void addUserCallback(Runnable release, String whose) {
        add(() -> {
            try {
                release.run();
            } catch (Throwable e) {
                LOGGER.log(Level.ERROR, whose + " could not give back what it took", e);
            }
        });
    }

    /** Leaves what was taken to those who gave it. */
    public synchronized void forget() {
        release.clear();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        releaseAll();
    }

    /** One after the other: there may be any number of them. */
    private void releaseAll() {
        if (begins()) {
            Actions.runAll(this::next);
        }
    }

    private synchronized boolean begins() {
        boolean begins = !releasing;
        releasing = true;
        return begins;
    }

    private synchronized @Nullable Runnable next() {
        releasing = !release.isEmpty();
        return release.poll();
    }
}
