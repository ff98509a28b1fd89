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
    private final Deque<Runnable> giveBack = new ArrayDeque<>(4);
    private boolean closed;

    /** Whether a thread gives back, with what is added meanwhile. */
    private boolean givingBack;

    /** Remembers how to give back what was just taken. */
    public void add(Runnable giveBack) {
        if (isLate(giveBack)) {
            giveBackAll();
        }
    }

    /** Whether nobody would come for it. */
    private synchronized boolean isLate(Runnable giveBack) {
        this.giveBack.push(giveBack);
        return closed && !givingBack;
    }

    /** The same for what user code took: where its way back fails, the rest must still be given back. */
    public void addForeign(Runnable giveBack, String whose) {
        add(() -> {
            try {
                giveBack.run();
            } catch (Throwable e) {
                LOGGER.log(Level.ERROR, whose + " could not give back what it took", e);
            }
        });
    }

    /** Leaves what was taken to those who gave it. */
    public synchronized void forget() {
        giveBack.clear();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        giveBackAll();
    }

    /** One after the other: there may be any number of them. */
    private void giveBackAll() {
        if (begins()) {
            Actions.runAll(this::next);
        }
    }

    private synchronized boolean begins() {
        boolean begins = !givingBack;
        givingBack = true;
        return begins;
    }

    private synchronized @Nullable Runnable next() {
        givingBack = !giveBack.isEmpty();
        return giveBack.poll();
    }
}
