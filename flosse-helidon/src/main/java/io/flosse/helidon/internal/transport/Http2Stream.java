package io.flosse.helidon.internal.transport;

import io.helidon.common.context.Context;
import io.helidon.common.context.Contexts;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection that flosse watches, while its handler runs. The class is thread-safe. Only {@link
 * #commit} blocks.
 */
public final class Http2Stream {

    private final Http2Connection connection;
    private final int id;

    // Guarded by this.
    private boolean requestEnded;
    private boolean handlerEnded;
    private boolean stopping;
    private boolean connectionEnded;

    /** The handler's thread while Helidon reads the rest of the request's body on it; else null. */
    private @Nullable Thread bodyReader;

    private @Nullable Runnable onGone;
    private @Nullable Runnable onStopping;

    /** Whether the client has reset the stream, or the connection has ended. */
    private volatile boolean gone;

    /** Whether the end of the response, or a reset, has been sent. */
    private volatile boolean responseEnded;

    /** Whether the stream belongs to flosse rather than to another route. */
    private volatile boolean flosse;

    /** Whether a reset replaces the end of the response. */
    private volatile boolean cut;

    /** The thread of flosse that writes to the stream; null if none does. */
    private volatile @Nullable Thread writer;

    Http2Stream(Http2Connection connection, int id, boolean requestEnded) {
        this.connection = connection;
        this.id = id;
        this.requestEnded = requestEnded;
    }

    /**
     * Finds the stream of a request.
     *
     * @param request a request whose handler runs
     * @return the stream; empty if it is not HTTP/2, or if the connection was not created by flosse's selector
     */
    public static Optional<Http2Stream> of(ServerRequest request) {
        return Http2Connection.stream(request);
    }

    /**
     * Returns whether the client has reset the stream of a request, or its connection has ended.
     *
     * @param request a request whose handler runs
     * @return false also if that is unknown
     */
    public static boolean isGone(ServerRequest request) {
        return of(request).filter(Http2Stream::isGone).isPresent();
    }

    /**
     * Counts this stream as one of flosse's streams on its connection.
     *
     * @param max the maximum number of such streams
     * @return false if the maximum is reached
     */
    public boolean enter(int max) {
        boolean entered = connection.enter(max);
        flosse |= entered;
        return entered;
    }

    /** Stops counting this stream. */
    public void leave() {
        connection.leave();
    }

    /**
     * Sets the action for the client's disconnect.
     *
     * @param action runs once, when the client resets the stream or the connection ends; at once if that has
     *     already happened
     */
    public void whenGone(Runnable action) {
        synchronized (this) {
            if (!gone) {
                onGone = action;
                return;
            }
        }
        action.run();
    }

    /**
     * Sets the action for the stop of the server.
     *
     * @param action runs once, when the server starts to stop; at once if it has already started
     */
    public void whenStopping(Runnable action) {
        synchronized (this) {
            if (!stopping && !connection.isStopping()) {
                onStopping = action;
                return;
            }
            stopping = true;
        }
        action.run();
    }

    int id() {
        return id;
    }

    /** Marks the stream as reset by the client or by the end of its connection. */
    void gone() {
        Runnable action;
        synchronized (this) {
            gone = true;
            action = onGone;
            onGone = null;
        }
        if (action != null) {
            action.run();
        }
    }

    /** Runs the action for the stop of the server. */
    void stop() {
        Runnable action;
        synchronized (this) {
            stopping = true;
            action = onStopping;
            onStopping = null;
        }
        if (action != null) {
            action.run();
        }
    }

    /**
     * Prepares the return of the handler, whose thread is the current one. Helidon then reads the rest of the request's
     * body on this thread and would wait forever after the end of the connection, so that end interrupts it.
     */
    public synchronized void handled() {
        if (requestEnded) {
            return;
        }
        bodyReader = Thread.currentThread();
        if (connectionEnded) {
            bodyReader.interrupt();
        }
    }

    /**
     * Marks the stream as gone because its connection has ended, and ends Helidon's wait for the rest of the request.
     */
    void connectionEnded() {
        gone();
        synchronized (this) {
            connectionEnded = true;
            if (bodyReader != null && !handlerEnded) {
                bodyReader.interrupt();
            }
        }
    }

    /** Marks the end of the request. Returns whether the stream can be forgotten, since its handler has ended, too. */
    synchronized boolean requestEnded() {
        requestEnded = true;
        return handlerEnded;
    }

    /**
     * Marks the end of the handler. Returns whether the stream can be forgotten, since its request has ended or it is
     * gone.
     */
    synchronized boolean handlerEnded() {
        handlerEnded = true;
        return requestEnded || gone;
    }

    void responseEnded() {
        responseEnded = true;
    }

    boolean isResponseEnded() {
        return responseEnded;
    }

    /** Returns whether both sides have ended the stream, or it is gone. */
    synchronized boolean hasEnded() {
        return gone || (requestEnded && responseEnded);
    }

    boolean isGone() {
        return gone;
    }

    boolean isFlosse() {
        return flosse;
    }

    boolean isCut() {
        return cut;
    }

    /** Stops the writes of this stream. A reset then replaces the end of the response. */
    public void cut() {
        cut = true;
    }

    /**
     * Commits the response on a thread that only flosse can interrupt. An interrupt would prevent the client from
     * receiving the end of the response.
     *
     * @param response the response; its output stream must have been requested
     * @param timeout how long to wait; afterwards the commit continues in the background, behind the connection's
     *     stuck writes
     * @return whether the commit has finished
     * @throws RuntimeException if the end of the response cannot be sent
     */
    public boolean commit(RoutingResponse response, Duration timeout) {
        Optional<Context> context = Contexts.context();
        Runnable commit =
                () -> context.ifPresentOrElse(it -> Contexts.runInContext(it, response::commit), response::commit);
        return IsolatedWrite.run(commit, timeout);
    }

    /**
     * Registers the current thread as the writer of this stream. Only flosse may interrupt it. {@link #endWriter} does
     * not interrupt its writes to the socket.
     */
    public void writerBegins() {
        writer = Thread.currentThread();
    }

    /** Removes the writer after its write has ended or failed. */
    public void writerEnds() {
        writer = null;
    }

    boolean isWriter() {
        return Thread.currentThread() == writer;
    }

    /**
     * Interrupts the writer. A writer that waits for the flow-control window or for other streams is interrupted at
     * once. A writer in the socket is interrupted after its frame, since an interrupt in the socket would end the
     * connection.
     */
    public void endWriter() {
        Thread current = writer;
        if (current != null) {
            connection.writer().interrupt(current);
        }
    }

    /**
     * Ends the connection if a write to its socket is stuck, because then all of its streams are stuck.
     *
     * @param timeout the maximum time that the socket may take for one frame
     */
    public void endStuckConnection(Duration timeout) {
        connection.writer().endIfStuck(timeout);
    }
}
