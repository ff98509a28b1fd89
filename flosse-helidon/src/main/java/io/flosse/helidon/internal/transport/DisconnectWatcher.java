package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import java.time.Duration;

/**
 * A thread that reads an HTTP/1.1 connection to notice its end while user code blocks. Only a read reports that a
 * socket was closed.
 *
 * <p>It starts after the request's body was read. Later input is discarded, since the connection is not reused. A half
 * close counts as a disconnect, since a client that only reads has no reason for one.
 */
final class DisconnectWatcher implements Runnable {

    /** Maximum wait for the thread to end. A closed socket releases its reader at once, but closing may fail. */
    private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(1);

    private final DataReader reader;
    private final Runnable onDisconnect;
    private final Thread thread;

    private DisconnectWatcher(DataReader reader, Runnable onDisconnect) {
        this.reader = reader;
        this.onDisconnect = onDisconnect;
        this.thread = Thread.ofVirtual().name("flosse-disconnect-watcher").unstarted(this);
    }

    /** Starts to watch a connection. The thread ends when the client disconnects or flosse closes the connection. */
    static DisconnectWatcher start(DataReader reader, Runnable onDisconnect) {
        DisconnectWatcher watcher = new DisconnectWatcher(reader, onDisconnect);
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
            onDisconnect.run();
        }
    }

    /**
     * Discards the input that the client sent after its request. Called after the connection was closed. Helidon checks
     * the reader before it notices the close, and would serve a pipelined request.
     */
    @SuppressWarnings("ThreadPriorityCheck") // a yielding virtual thread queues behind the threads that it has unparked
    void finish() {
        Thread.yield(); // lets the thread end first: a join with a timeout is more expensive
        try {
            if (thread.join(JOIN_TIMEOUT)) {
                reader.skip(reader.available());
            }
        } catch (InterruptedException e) {
            // The server is stopping, so Helidon reads no more requests.
            Thread.currentThread().interrupt();
        }
    }
}
