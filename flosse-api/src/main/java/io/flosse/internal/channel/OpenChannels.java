package io.flosse.internal.channel;

import io.flosse.channel.Channels;
import io.flosse.internal.Actions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The channels that were built for one owner, which closes those that are still open. Thread-safe. */
public final class OpenChannels implements AutoCloseable {

    private final Set<Channels> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Creates an owner without channels. */
    public OpenChannels() {}

    /** Adds channels. Closes them at once if the owner was closed. */
    void add(Channels channels) {
        open.add(channels);
        if (closed) {
            // After the add: either close() sees these channels, or this thread sees that it was called.
            channels.close();
        }
    }

    void remove(Channels channels) {
        open.remove(channels);
    }

    @Override
    public void close() {
        closed = true;
        Actions.runAll(open.stream().<Runnable>map(channels -> channels::close).toList());
    }
}
