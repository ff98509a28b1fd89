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

/** An HTTP/2 connection that flosse watches: the streams whose handlers run, and whether it is over. */
final class Http2Connection {

    private final Http2FrameWriter writer;

    /** By id: from the start of their handlers to the end of handler and request. */
    private final Map<Integer, Http2Stream> streams = new ConcurrentHashMap<>();

    private volatile @Nullable Thread thread;
    private volatile boolean gone;
    private volatile boolean ended;

    /** The highest id of a request. Owned by the connection's thread. */
    private int lastStreamId;

    // Guarded by this.
    private int entered;
    private long lastLeft = System.nanoTime();
    private boolean stopping;
    private @Nullable Runnable whenEmpty;

    Http2Connection(DataWriter writer, Supplier<HelidonSocket> socket) {
        this.writer = new Http2FrameWriter(writer, socket, this);
    }

    /** The stream of a request, if its connection is watched. */
    static Optional<Http2Stream> stream(ServerRequest request) {
        return request.remotePeer() instanceof Http2Peer peer
                ? Optional.ofNullable(peer.connection().streams.get(request.id()))
                : Optional.empty();
    }

    Http2FrameWriter writer() {
        return writer;
    }

    /** The current thread begins to serve the connection. */
    void begin() {
        thread = Thread.currentThread();
    }

    boolean isConnectionThread() {
        return Thread.currentThread() == thread;
    }

    /** The client has left, or is about to be sent away; whatever interrupts the handlers next, this is why. */
    void gone() {
        gone = true;
        streams.values().forEach(Http2Stream::gone);
    }

    /** The connection is over; its thread serves it no more. */
    void ended() {
        ended = true;
        gone = true;
        streams.values().forEach(Http2Stream::connectionEnded);
    }

    void headersReceived(int id, boolean last) {
        lastStreamId = Math.max(lastStreamId, id);
        if (last) {
            requestEnded(id); // trailers; a new request has no stream here yet
        }
    }

    void requestEnded(int id) {
        Http2Stream stream = streams.get(id);
        if (stream != null && stream.requestEnded()) {
            streams.remove(id, stream);
        }
    }

    /**
     * The client resets a stream.
     *
     * @return whether Helidon is to see that. It is not if the stream has ended already, since Helidon may take the id for that of
     *     a stream that never was, and end the connection
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

    Http2Stream handlerBegins(int id, boolean requestEnded) {
        lastStreamId = Math.max(lastStreamId, id); // that of an upgrade had no frame
        Http2Stream stream = new Http2Stream(this, id, requestEnded);
        streams.put(id, stream);
        if (ended) {
            stream.connectionEnded();
        } else if (gone) {
            stream.gone();
        }
        return stream;
    }

    void handlerEnded(Http2Stream stream) {
        if (stream.handlerEnded()) {
            streams.remove(stream.id(), stream);
        }
    }

    @Nullable
    Http2Stream stream(int id) {
        return streams.get(id);
    }

    /** Takes a place among flosse's streams; false if there is none left. */
    synchronized boolean enter(int max) {
        if (entered >= max) {
            return false;
        }
        entered++;
        return true;
    }

    void leave() {
        Runnable action = null;
        synchronized (this) {
            entered--;
            if (entered == 0) {
                lastLeft = System.nanoTime();
                action = whenEmpty;
                whenEmpty = null;
            }
        }
        if (action != null) {
            action.run();
        }
    }

    /** Whether any of flosse's streams is open. */
    synchronized boolean hasStreams() {
        return entered > 0;
    }

    /** Whether no handler runs, and no request is expected to go on. */
    boolean isIdle() {
        return streams.isEmpty();
    }

    /** How long none of flosse's streams has been open. */
    synchronized Duration timeWithoutStream() {
        return entered > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastLeft);
    }

    /**
     * The server stops, so flosse's streams say farewell.
     *
     * @param action runs when the last of them has ended
     * @return false if none is open, in which case nothing runs
     */
    boolean stop(Runnable action) {
        synchronized (this) {
            stopping = true;
            if (entered == 0) {
                return false;
            }
            whenEmpty = action;
        }
        streams.values().forEach(Http2Stream::stop);
        return true;
    }

    /** Whether the server has begun to stop. */
    synchronized boolean isStopping() {
        return stopping;
    }
}
