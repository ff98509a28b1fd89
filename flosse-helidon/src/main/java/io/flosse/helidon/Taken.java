package io.flosse.helidon;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;

/** What a request has taken on its way, given back in reverse order, once, whatever happened. */
final class Taken implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    // Guarded by this: user code may add from any thread.
    private final Deque<Runnable> giveBack = new ArrayDeque<>(4);
    private boolean closed;

    /** Remembers how to give back what was just taken. */
    void add(Runnable giveBack) {
        if (!remembers(giveBack)) {
            giveBack.run();
        }
    }

    private synchronized boolean remembers(Runnable giveBack) {
        if (!closed) {
            this.giveBack.push(giveBack);
        }
        return !closed;
    }

    /** The same for what user code took: where its way back fails, the rest must still be given back. */
    void addForeign(Runnable giveBack, String whose) {
        add(() -> {
            try {
                giveBack.run();
            } catch (Throwable e) {
                LOGGER.log(Level.ERROR, whose + " could not give back what it took", e);
            }
        });
    }

    /** Leaves what was taken to those who gave it. */
    synchronized void forget() {
        giveBack.clear();
    }

    private synchronized Runnable last() {
        closed = giveBack.isEmpty();
        return closed ? () -> {} : giveBack.pop();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        Runnable last = last();
        if (!isClosed()) {
            try {
                last.run();
            } finally {
                close();
            }
        }
    }
}
