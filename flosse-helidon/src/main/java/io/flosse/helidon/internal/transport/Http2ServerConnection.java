package io.flosse.helidon.internal.transport;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/** A wrapper of Helidon's HTTP/2 connection that notifies flosse of its start, its end and the stop of the server. */
final class Http2ServerConnection implements ServerConnection, InterruptableTask<Void> {

    /**
     * How long a stopping server keeps a connection open after its last stream has ended. Closing it while input is
     * unread would reset it, and the client could lose the last frames.
     */
    private static final Duration LINGER = Duration.ofMillis(200);

    private final ServerConnection delegate;
    private final Http2Connection connection;

    Http2ServerConnection(ServerConnection delegate, Http2Connection connection) {
        this.delegate = delegate;
        this.connection = connection;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        connection.begin();
        try {
            delegate.handle(limit);
        } finally {
            connection.ended();
        }
    }

    /** Returns the idle time. A connection with open streams is not idle, even if it receives no new requests. */
    @Override
    public Duration idleTime() {
        Duration withoutStream = connection.timeWithoutStream();
        Duration withoutRequest = delegate.idleTime();
        return withoutStream.compareTo(withoutRequest) < 0 ? withoutStream : withoutRequest;
    }

    /**
     * Ends the connection. A stopping server calls {@code close(false)} first. After that call Helidon would end the
     * connection with the next frame of the client, so the call is passed on only after flosse's streams have ended.
     */
    @Override
    public void close(boolean interrupt) {
        if (interrupt || !connection.stop(this::closeAfterLinger)) {
            closeNow(interrupt);
        }
    }

    private void closeAfterLinger() {
        Thread unused = Thread.ofVirtual().name("flosse-closer").start(() -> {
            try {
                Thread.sleep(LINGER);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            closeNow(false);
        });
    }

    /**
     * Closes Helidon's connection and interrupts it if it is idle. Helidon intends to do so itself, but 4.3 does not,
     * because it still counts ended streams.
     */
    private void closeNow(boolean interrupt) {
        delegate.close(interrupt || connection.isIdle());
    }

    @Override
    public boolean canInterrupt() {
        return connection.isIdle();
    }
}
