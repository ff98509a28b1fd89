package io.flosse.helidon.internal.transport;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The executor for the handlers of a connection. It tells flosse which streams have a running handler. */
final class Http2HandlerExecutor extends AbstractExecutorService {

    private final ExecutorService delegate;
    private final Http2Connection connection;
    private final Http2FrameReader frames;

    Http2HandlerExecutor(ExecutorService delegate, Http2Connection connection, Http2FrameReader frames) {
        this.delegate = delegate;
        this.connection = connection;
        this.frames = frames;
    }

    /** Starts a handler. The connection's thread does so while it processes the last frame of the request's headers. */
    @Override
    public Future<?> submit(Runnable handler) {
        if (!connection.isConnectionThread()) {
            return delegate.submit(handler);
        }
        Http2Stream stream = connection.handlerBegins(frames.streamId(), frames.requestEnded());
        boolean submitted = false;
        try {
            Future<?> running = delegate.submit(() -> {
                try {
                    handler.run();
                } finally {
                    connection.handlerEnded(stream);
                }
            });
            submitted = true;
            return running;
        } finally {
            if (!submitted) {
                connection.handlerEnded(stream);
            }
        }
    }

    @Override
    public void execute(Runnable command) {
        delegate.execute(command);
    }

    @Override
    public void shutdown() {
        delegate.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return delegate.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
        return delegate.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return delegate.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return delegate.awaitTermination(timeout, unit);
    }
}
