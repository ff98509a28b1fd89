package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection that flosse watches: its streams with running handlers, and whether the connection has ended.
 */
final class Http2Connection {

    private final Http2FrameWriter writer;

    /** The streams by id, from the start of the handler until both the handler and the request have ended. */
    private final Map<Integer, Http2Stream> streams = new ConcurrentHashMap<>();

    /** The thread that serves the connection; null before it starts. */
    private volatile @Nullable Thread thread;

    /** Whether the client has disconnected, or a GOAWAY frame announces the end of the connection. */
    private volatile boolean gone;

    /** Whether the connection's thread has stopped serving it. */
    private volatile boolean ended;

    /** The highest stream id of a request. Owned by the connection's thread. */
    private int lastStreamId;

    // Guarded by this. Only streams of flosse are counted.
    private int openStreams;
    private long lastStreamEnd = System.nanoTime();
    private boolean stopping;
    private @Nullable Runnable onEmpty;

    Http2Connection(DataWriter writer, Supplier<HelidonSocket> socket) {
        this.writer = new Http2FrameWriter(writer, socket, this);
    }

    /** Returns the stream of a request; empty if its connection is not watched. */
    static Optional<Http2Stream> stream(ServerRequest request) {
        return request.remotePeer() instanceof Http2Peer peer
                ? Optional.ofNullable(peer.connection().streams.get(request.id()))
                : Optional.empty();
    }

    Http2FrameWriter writer() {
        return writer;
    }

    /** Registers the current thread as the one that serves the connection. */
    void begin() {
        thread = Thread.currentThread();
    }

    boolean isConnectionThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Notifies the streams that the client has disconnected or that the connection is about to end. Called before
     * Helidon interrupts their handlers, so that the handlers know the reason.
     */
    void gone() {
        gone = true;
        streams.values().forEach(Http2Stream::gone);
    }

    /** Notifies the streams that the connection has ended: its thread no longer serves it. */
    void ended() {
        ended = true;
        gone = true;
        streams.values().forEach(Http2Stream::connectionEnded);
    }

    /**
     * Handles a HEADERS frame of the client.
     *
     * @param last whether the request ends with it
     */
    void headersReceived(int id, boolean last) {
        lastStreamId = Math.max(lastStreamId, id);
        if (last) {
            requestEnded(id); // has an effect for trailers only: a new request has no stream here yet
        }
    }

    /** Marks the end of a request. */
    void requestEnded(int id) {
        Http2Stream stream = streams.get(id);
        if (stream != null && stream.requestEnded()) {
            streams.remove(id, stream);
        }
    }

    /**
     * Handles a reset by the client.
     *
     * @return whether to pass the frame to Helidon. False if the stream has ended already: Helidon may treat its id
     *     as that of a stream that never existed, and end the connection
     */
    boolean reset(int id) {
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            return id > lastStreamId || id % 2 == 0;
        }
        if (stream.hasEnded()) {
            return false;
        }
        stream.gone();
        if (stream.requestEnded()) {
            streams.remove(id, stream);
        }
        return true;
    }

    /** Adds the stream of a handler that is about to start. */
    Http2Stream handlerBegins(int id, boolean requestEnded) {
        lastStreamId = Math.max(lastStreamId, id); // the stream of an upgrade had no HEADERS frame
        Http2Stream stream = new Http2Stream(this, id, requestEnded);
        streams.put(id, stream);
        if (ended) {
            stream.connectionEnded();
        } else if (gone) {
            stream.gone();
        }
        return stream;
    }

    /** Marks the end of a stream's handler. */
    void handlerEnded(Http2Stream stream) {
        if (stream.handlerEnded()) {
            streams.remove(stream.id(), stream);
        }
    }

    /** Returns the stream with this id; null if it has no running handler and no running request. */
    @Nullable
    Http2Stream stream(int id) {
        return streams.get(id);
    }

    /** Counts a new stream of flosse; returns false if the maximum is reached. */
    synchronized boolean enter(int max) {
        if (openStreams >= max) {
            return false;
        }
        openStreams++;
        return true;
    }

    /** Stops counting a stream of flosse. Runs the action of {@link #stop} after the last one. */
    void leave() {
        Runnable action = null;
        synchronized (this) {
            openStreams--;
            if (openStreams == 0) {
                lastStreamEnd = System.nanoTime();
                action = onEmpty;
                onEmpty = null;
            }
        }
        if (action != null) {
            action.run();
        }
    }

    /** Returns whether a stream of flosse is open. */
    synchronized boolean hasStreams() {
        return openStreams > 0;
    }

    /** Returns whether no handler runs and every request has ended. */
    boolean isIdle() {
        return streams.isEmpty();
    }

    /** Returns the time since the last stream of flosse ended; zero while one is open. */
    synchronized Duration timeWithoutStream() {
        return openStreams > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastStreamEnd);
    }

    /**
     * Ends flosse's streams because the server stops.
     *
     * @param action runs when the last of them has ended
     * @return false if none is open; the action does not run then
     */
    boolean stop(Runnable action) {
        synchronized (this) {
            stopping = true;
            if (openStreams == 0) {
                return false;
            }
            onEmpty = action;
        }
        streams.values().forEach(Http2Stream::stop);
        return true;
    }

    /** Returns whether the server has started to stop. */
    synchronized boolean isStopping() {
        return stopping;
    }
}
