package io.flosse.helidon;

import io.helidon.common.buffers.DataReader;

/**
 * Watches an HTTP/1.1 connection for its end while user code blocks: only who reads a socket learns that it was closed.
 *
 * <p>It starts when the request's body has been read. What a client sends after that is thrown away, since the connection
 * is not reused; a half close counts as gone, as a client that only wants to listen has no reason for one.
 */
final class Watchdog implements Runnable {

    private final DataReader reader;
    private final Runnable gone;

    private Watchdog(DataReader reader, Runnable gone) {
        this.reader = reader;
        this.gone = gone;
    }

    /** Watches until the connection ends; ends by itself when flosse closes it. */
    static void start(DataReader reader, Runnable gone) {
        Thread.ofVirtual().name("flosse-watchdog").start(new Watchdog(reader, gone));
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
}
