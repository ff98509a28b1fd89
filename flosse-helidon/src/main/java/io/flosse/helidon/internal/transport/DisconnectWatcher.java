package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import java.time.Duration;

/**
 * Watches an HTTP/1.1 connection for its end while user code blocks: only who reads a socket learns that it was closed.
 *
 * <p>It starts when the request's body has been read. What a client sends after that is thrown away, since the connection
 * is not reused; a half close counts as gone, as a client that only wants to listen has no reason for one.
 */
final class DisconnectWatcher implements Runnable {

    /** A closed socket releases its reader at once; this is for one that cannot be closed. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final DataReader reader;
    private final Runnable gone;
    private final Thread thread;

    private DisconnectWatcher(DataReader reader, Runnable gone) {
        this.reader = reader;
        this.gone = gone;
        this.thread = Thread.ofVirtual().name("flosse-watchdog").unstarted(this);
    }

    /** Watches until the connection ends; ends by itself when flosse closes it. */
    static DisconnectWatcher start(DataReader reader, Runnable gone) {
        DisconnectWatcher watcher = new DisconnectWatcher(reader, gone);
        watcher.thread.start();
        return watcher;
    }

    @Override
    public void run() {
        try {
            while (true) {
                reader.skip(reader.available());
                reader.pullData();
            }
        } catch (RuntimeException ended) {
            gone.run();
        }
    }

    /**
     * Once the connection is closed: throws away what the client sent after its request. Helidon looks into the reader
     * before it learns of the close, and would serve a pipelined request.
     */
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread goes behind those that it has released
    void finish() {
        Thread.yield(); // a wait with a timeout costs more than all the rest
        try {
            if (thread.join(PATIENCE)) {
                reader.skip(reader.available());
            }
        } catch (InterruptedException e) {
            // The server is stopping, so Helidon reads no more requests.
            Thread.currentThread().interrupt();
        }
    }
}
