package io.flosse.helidon.internal.transport;

import io.helidon.common.context.Context;
import io.helidon.common.context.Contexts;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection that flosse watches, while its handler runs. The methods are safe from any thread and do
 * not block.
 */
public final class Http2Stream {

    private final Http2Connection connection;
    private final int id;

    // Guarded by this.
    private boolean requestEnded;
    private boolean handlerEnded;
    private boolean stopping;
    private boolean connectionEnded;
    private @Nullable Thread drain;
    private @Nullable Runnable whenGone;
    private @Nullable Runnable whenStopping;

    /** The client has reset it, or the connection is over. */
    private volatile boolean gone;

    /** The end of the response, or a reset, has been sent. */
    private volatile boolean responseEnded;

    /** It is one of flosse's, not one of another route. */
    private volatile boolean flosse;

    private volatile boolean cut;
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
     * @return the stream; empty if it is not HTTP/2, or something else than flosse has selected the connection
     */
    public static Optional<Http2Stream> of(ServerRequest request) {
        return Http2Connection.stream(request);
    }

    /**
     * Returns whether the client has reset the stream of a request, or has ended its connection.
     *
     * @param request a request whose handler runs
     * @return false also where that is not known
     */
    public static boolean isGone(ServerRequest request) {
        return of(request).filter(Http2Stream::isGone).isPresent();
    }

    /**
     * Takes a place among flosse's streams of this connection.
     *
     * @param max how many there may be
     * @return false if there are as many already
     */
    public boolean enter(int max) {
        boolean entered = connection.enter(max);
        flosse |= entered;
        return entered;
    }

    /** Gives the place back. */
    public void leave() {
        connection.leave();
    }

    /**
     * Begins to watch for the client's leaving.
     *
     * @param action runs once, when the client resets the stream or the connection ends; at once if that has happened
     */
    public void whenGone(Runnable action) {
        synchronized (this) {
            if (!gone) {
                whenGone = action;
                return;
            }
        }
        action.run();
    }

    /**
     * Begins to watch for the stop of the server.
     *
     * @param action runs once, when the server begins to stop; at once if it has begun
     */
    public void whenStopping(Runnable action) {
        synchronized (this) {
            if (!stopping && !connection.isStopping()) {
                whenStopping = action;
                return;
            }
            stopping = true;
        }
        action.run();
    }

    int id() {
        return id;
    }

    void gone() {
        Runnable action;
        synchronized (this) {
            gone = true;
            action = whenGone;
            whenGone = null;
        }
        if (action != null) {
            action.run();
        }
    }

    void stop() {
        Runnable action;
        synchronized (this) {
            stopping = true;
            action = whenStopping;
            whenStopping = null;
        }
        if (action != null) {
            action.run();
        }
    }

    /**
     * The handler, which is the current thread, returns to Helidon, which reads the rest of the request's body. The end of the
     * connection ends that too; Helidon by itself waits for ever.
     */
    public synchronized void handled() {
        if (requestEnded) {
            return;
        }
        drain = Thread.currentThread();
        if (connectionEnded) {
            drain.interrupt();
        }
    }

    /** The connection is over, so no more of the request comes. */
    void connectionEnded() {
        gone();
        synchronized (this) {
            connectionEnded = true;
            if (drain != null && !handlerEnded) {
                drain.interrupt();
            }
        }
    }

    /** The client sends no more of the request. Returns whether nothing more can come of this stream. */
    synchronized boolean requestEnded() {
        requestEnded = true;
        return handlerEnded;
    }

    /** Returns whether nothing more can come of this stream. */
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

    /** Whether both sides have ended it. */
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

    /** From now on nothing is written but, in place of the end of the response, a reset. */
    public void cut() {
        cut = true;
    }

    /**
     * Ends the response, with what Helidon does after it, on a thread that nobody else can interrupt: an interrupt would keep the
     * end from the client.
     *
     * @param response the response, whose output stream has been taken
     * @param timeout how long to wait for it; then it goes on alone, behind what is stuck in the connection
     * @return whether it is done
     * @throws RuntimeException if it cannot be sent
     */
    public boolean commit(RoutingResponse response, Duration timeout) {
        Optional<Context> context = Contexts.context();
        Runnable commit =
                () -> context.ifPresentOrElse(it -> Contexts.runInContext(it, response::commit), response::commit);
        return IsolatedWrite.run(commit, timeout);
    }

    /**
     * The current thread, one of flosse's own that nobody else interrupts, begins to write. What it writes to the socket is then
     * safe from {@link #endWriter}.
     */
    public void writerBegins() {
        writer = Thread.currentThread();
    }

    /** The writer has written, or failed. */
    public void writerEnds() {
        writer = null;
    }

    boolean isWriter() {
        return Thread.currentThread() == writer;
    }

    /**
     * Ends the writer as soon as it may end: at once where it waits for the client's window or for other streams, and after the
     * frame where it is in the socket, since an interrupt there would end the connection.
     */
    public void endWriter() {
        Thread current = writer;
        if (current != null) {
            connection.writer().interrupt(current);
        }
    }

    /**
     * Ends the connection if the socket has taken nothing for some time: then all of its streams are stuck.
     *
     * @param timeout how long the socket may take for one frame
     */
    public void endStuckConnection(Duration timeout) {
        connection.writer().endIfStuck(timeout);
    }
}
