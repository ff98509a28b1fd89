package io.flosse.helidon.internal.request;

import io.flosse.internal.Actions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The cleanup actions of one request, which release its resources. Each action runs exactly once, the last one first,
 * even if another one throws.
 */
public final class CleanupStack implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** Guarded by this, because user code may add actions from any thread. */
    private final Deque<Runnable> actions = new ArrayDeque<>(4);

    /** Guarded by this. */
    private boolean closed;

    /** Whether a thread is running the actions. That thread also runs the actions added meanwhile. Guarded by this. */
    private boolean releasing;

    /** Adds an action that releases a resource. After {@link #close()} it runs at once. */
    public void add(Runnable action) {
        if (pushAndCheckClosed(action)) {
            releaseAll();
        }
    }

    /** Pushes an action, and returns whether the caller must run it because no other thread will. */
    private synchronized boolean pushAndCheckClosed(Runnable action) {
        actions.push(action);
        return closed && !releasing;
    }

    /**
     * Adds an action of user code, whose exceptions are logged.
     *
     * @param owner the subject of the log message, as in {@code A throttle of /sse/ticks}
     */
    public void addUserCallback(Runnable action, String owner) {
        add(() -> {
            try {
                action.run();
            } catch (Throwable e) {
                LOGGER.log(Level.ERROR, owner + " failed during cleanup; the other cleanup actions still run", e);
            }
        });
    }

    /** Removes all actions without running them. */
    public synchronized void discard() {
        actions.clear();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        releaseAll();
    }

    /** Runs the actions in a loop, since recursion would overflow the stack: their number has no limit. */
    private void releaseAll() {
        if (startReleasing()) {
            Actions.runAll(this::next);
        }
    }

    /** Returns whether the current thread is to run the actions. */
    private synchronized boolean startReleasing() {
        boolean started = !releasing;
        releasing = true;
        return started;
    }

    private synchronized @Nullable Runnable next() {
        releasing = !actions.isEmpty();
        return actions.poll();
    }
}
