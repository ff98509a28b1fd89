package io.flosse.helidon;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a request has taken on its way, given back in reverse order, once, whatever happened. */
final class Taken implements AutoCloseable {

    private final Deque<Runnable> giveBack = new ArrayDeque<>(4);

    /** Remembers how to give back what was just taken. */
    void add(Runnable giveBack) {
        this.giveBack.push(giveBack);
    }

    @Override
    public void close() {
        if (!giveBack.isEmpty()) {
            Runnable last = giveBack.pop();
            try {
                last.run();
            } finally {
                close();
            }
        }
    }
}
