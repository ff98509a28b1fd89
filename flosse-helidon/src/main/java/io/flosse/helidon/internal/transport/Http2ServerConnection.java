package io.flosse.helidon.internal.transport;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/** Helidon's HTTP/2 connection, with flosse told of its begin, its end, and the stop of the server. */
final class Http2ServerConnection implements ServerConnection, InterruptableTask<Void> {

    /**
     * How long a stopping server leaves a connection open after its last stream has ended. Closing it while input is unread
     * would reset it, and the client might lose its last frames.
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

    /** A connection with open streams is not idle, though no new request comes. */
    @Override
    public Duration idleTime() {
        Duration withoutStream = connection.timeWithoutStream();
        Duration withoutRequest = delegate.idleTime();
        return withoutStream.compareTo(withoutRequest) < 0 ? withoutStream : withoutRequest;
    }

    /**
     * Ends the connection. The server stops with {@code close(false)} first; from then on Helidon would end the connection with
     * the next frame of the client, so it learns of it only after flosse's streams have said farewell.
     */
    @Override
    public void close(boolean interrupt) {
        if (interrupt || !connection.stop(this::closeSoon)) {
            closeNow(interrupt);
        }
    }

    private void closeSoon() {
        Thread unused = Thread.ofVirtual().name("flosse-closer").start(() -> {
            try {
                Thread.sleep(LINGER);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            closeNow(false);
        });
    }

    /** An idle connection is interrupted, as Helidon means to do; 4.3 remembers streams that have ended, and does not. */
    private void closeNow(boolean interrupt) {
        delegate.close(interrupt || connection.isIdle());
    }

    @Override
    public boolean canInterrupt() {
        return connection.isIdle();
    }
}
