package io.flosse.helidon.internal.transport;

import io.flosse.internal.wire.FrameBuffer;

/**
 * The connection of one stream to its client: sends frames and watches and closes the socket. Only the holder of the
 * stream's write lock calls {@link #send}.
 */
public interface Transport {

    /** The state of a response's body after a {@link #send}. */
    enum BodyState {
        /** More frames may follow. */
        OPEN,
        /** The body is complete. */
        COMPLETE,
        /** The body is incomplete, and nothing follows: {@link #cut} or {@link #release} comes next. */
        CUT
    }

    /** Returns the number of bytes that this transport reserves at the beginning of a frame buffer. */
    int headroom();

    /**
     * Prepares the response head. Called before the first frame is sent. If that fails, nothing was sent, and Helidon
     * can still use the response.
     *
     * @throws RuntimeException if the response or one of its headers is invalid
     */
    void prepare();

    /**
     * Sends the status and the headers, and no body: the response to HEAD. Called at most once, instead of {@link
     * #send}, for a connection that is not watched.
     *
     * @throws RuntimeException if the client has disconnected
     */
    void sendHead();

    /**
     * Sends the frames that follow the headroom. The first call also sends the status and the headers. If that call has
     * no frames, they are sent alone.
     *
     * @param frames a buffer of whole frames; the call may change its content
     * @param after the state of the body after these frames. A body that is not complete after the last call is cut by
     *     {@link #cut} or {@link #release}, so that the client can distinguish a cut from the end
     * @throws RuntimeException if the frames cannot be sent because the client has disconnected
     */
    void send(FrameBuffer frames, BodyState after);

    /**
     * Returns whether flosse may interrupt its own thread to release a stuck {@link #send}. An interrupt would close a
     * shared connection, as on HTTP/2. TLS writes in the JDK's own TLS socket must not be interrupted either. An
     * interrupt makes that socket close itself, for which it writes an alert. If the send buffer is full, the same
     * interrupt makes it close itself again, recursively, until the stack overflows. A virtual thread may then never
     * wake up.
     */
    boolean isInterruptible();

    /**
     * Counts this stream among the open streams of its connection.
     *
     * @param max the maximum number of streams on a connection
     * @return false if the maximum is reached
     */
    default boolean enter(int max) {
        return true;
    }

    /** Stops counting this stream. */
    default void leave() {}

    /**
     * Starts to watch for a disconnect of the client. Called once, after the request's body was read. From then on only
     * flosse reads the connection.
     *
     * @param onDisconnect runs on another thread when the client disconnects; at once if it has already
     *     disconnected
     * @return false if a disconnect cannot be noticed before the next write
     */
    boolean watch(Runnable onDisconnect);

    /**
     * Sets the action for a stop of the server without a previous drain. It runs only if the connection notices the
     * stop before the handler is interrupted.
     *
     * @param action runs once, on another thread or at once; must not block
     */
    default void onStop(Runnable action) {}

    /**
     * Ends a {@link #send} whose caller no longer waits for it, unless that affects other streams. Must not block.
     */
    default void detached() {}

    /** Reads the memory that the next {@link #send} needs. Changes nothing; the returned number has no meaning. */
    default int prefetch() {
        return 0;
    }

    /** Closes the connection at once, if this transport can do so. Safe from any thread at any time; does not block. */
    void cut();

    /** Returns a response that was started to Helidon. Called once and last, by the handler's thread. */
    void release();

    /** Leaves an unsent response to Helidon, which answers with an error status. */
    void abandon();
}
