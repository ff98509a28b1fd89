package io.flosse.helidon.internal.transport;

import io.flosse.internal.wire.FrameBuffer;

/**
 * Takes the frames of one stream to its client, and owns its socket. {@link #send} is called by one thread at a time, the
 * holder of the stream's write lock.
 */
public interface Transport {

    /** How many bytes at the beginning of a buffer this transport needs for itself. */
    int headroom();

    /**
     * Makes the head of the response, before the first frame. If that fails nothing has been sent, and the response is still
     * Helidon's.
     *
     * @throws RuntimeException if the response, or a header that was set before, is none
     */
    void prepare();

    /**
     * Sends what follows the headroom, whole frames; the status and the headers leave with the first.
     *
     * @param frames the buffer; what it holds is spoiled
     * @param last whether the body ends here, in the way that tells the client an end from a cut
     * @throws RuntimeException if it cannot be sent: the client has gone
     */
    void send(FrameBuffer frames, boolean last);

    /**
     * Whether flosse may interrupt a thread of its own to release a {@link #send} that is stuck. Not where the connection is shared,
     * as on HTTP/2, since an interrupt closes it. Not in the JDK's own TLS socket: it then closes itself and writes an alert first;
     * where there is no room for that either, the same interrupt makes it close itself again, within itself, until the stack is
     * full, and a virtual thread may never wake again.
     */
    boolean isInterruptible();

    /**
     * Takes a place among the open streams of the connection.
     *
     * @param max how many streams a connection may have
     * @return false if it has as many already
     */
    default boolean enter(int max) {
        return true;
    }

    /** Gives that place back. */
    default void leave() {}

    /**
     * Begins to watch for the client's leaving. Called once, after the request's body was read; from then on flosse alone reads
     * the connection.
     *
     * @param gone runs on another thread when the client leaves, at once if it has left already
     * @return false if leaving cannot be noticed here before the next write
     */
    boolean watch(Runnable gone);

    /**
     * Begins to watch for a stop of the server that no drain went before, where the connection learns of it before the handler is
     * interrupted.
     *
     * @param farewell runs once, on another thread or at once; must not block
     */
    default void onStop(Runnable farewell) {}

    /** The caller of {@link #send} no longer waits for it. Ends it where that harms nobody else; must not block. */
    default void detached() {}

    /** Reads what {@link #send} is going to need, and changes nothing. */
    default int touch() {
        return 0;
    }

    /** Breaks the connection off, if it can be. Safe from any thread, at any time; does not wait. */
    void cut();

    /** Gives a response that was begun back to Helidon. Called once, by the handler's thread, after everything else. */
    void release();

    /** Leaves the response, of which nothing was sent, to Helidon, which answers with a status. */
    void abandon();
}
