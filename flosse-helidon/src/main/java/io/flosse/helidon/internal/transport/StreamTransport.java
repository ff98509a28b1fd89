package io.flosse.helidon.internal.transport;

import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.HeaderNames;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes to Helidon's output stream: works on every protocol that Helidon has, in-memory test clients included. On HTTP/2 it
 * notices that the client has left, and resets the stream where its body ends in any other way than by {@link #send}; the
 * connection is shared, so it is left alone unless all of it is stuck.
 */
public final class StreamTransport implements Transport {

    /** How long to wait for the end of a write that was detached, and for the end of the response. */
    private static final Duration DETACHED_TIMEOUT = Duration.ofSeconds(1);

    private final ServerResponse response;
    private final WriteGuard guard;
    private final Duration writeTimeout;

    /** Null where it is not HTTP/2, or not watched. */
    private final @Nullable Http2Stream http2;

    private @Nullable OutputStream out;

    /** Whether all of the body has been handed to Helidon. */
    private volatile boolean complete;

    private StreamTransport(
            ServerResponse response, WriteGuard guard, Duration writeTimeout, @Nullable Http2Stream http2) {
        this.response = response;
        this.guard = guard;
        this.writeTimeout = writeTimeout;
        this.http2 = http2;
    }

    /**
     * The transport of a response.
     *
     * @param writeTimeout how long the socket of an HTTP/2 connection may take nothing before the connection is ended
     * @throws IllegalStateException on Helidon 4.3, if a content encoder would hold events back
     */
    public static StreamTransport of(
            ServerRequest request, ServerResponse response, WriteGuard guard, Duration writeTimeout) {
        ContentEncoder encoder =
                request.listenerContext().contentEncodingContext().encoder(request.headers());
        if (!HelidonLine.SENT_BY_COMMIT && !encoder.equals(ContentEncoder.NO_OP)) {
            throw new IllegalStateException("The content encoder that this listener has for 'Accept-Encoding: "
                    + request.headers().get(HeaderNames.ACCEPT_ENCODING).get()
                    + "' would hold events back: take the encoding off the class path or off this listener"
                    + " (content-encoding.content-encodings), or use Helidon 4.5");
        }
        return new StreamTransport(
                response, guard, writeTimeout, Http2Stream.of(request).orElse(null));
    }

    @Override
    public int headroom() {
        return 0;
    }

    @Override
    public boolean enter(int max) {
        return http2 == null || http2.enter(max);
    }

    @Override
    public void leave() {
        if (http2 != null) {
            http2.leave();
        }
    }

    @Override
    public boolean watch(Runnable gone) {
        if (http2 == null) {
            return false;
        }
        http2.whenGone(gone);
        return true;
    }

    @Override
    public void onStop(Runnable farewell) {
        if (http2 != null) {
            http2.whenStopping(farewell);
        }
    }

    @Override
    public void send(FrameBuffer frames, boolean last) {
        if (http2 == null) {
            write(frames, last);
            return;
        }
        http2.writerBegins();
        try {
            if (!guard.isDetachable()) {
                http2.writerEnds(); // the caller writes itself, and others may interrupt it
                guard.nextSlice();
            }
            write(frames, last);
        } finally {
            http2.writerEnds();
        }
    }

    private void write(FrameBuffer frames, boolean last) {
        try {
            OutputStream stream = Objects.requireNonNull(out);
            WriteSlices.write(frames.array(), 0, frames.length(), WriteSlices.SIZE, guard, (bytes, offset, length) -> {
                try {
                    stream.write(bytes, offset, length);
                    stream.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            if (last) {
                stream.close();
                complete = true;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void prepare() {
        StreamHeaders.set(response);
        response.headers().set(StreamHeaders.NO_ENCODER);
        try {
            out = response.outputStream();
        } finally {
            response.headers().remove(HeaderNames.CONTENT_ENCODING);
        }
    }

    /** An interrupt in the socket would end the connection, which other streams share. */
    @Override
    public boolean isInterruptible() {
        return false;
    }

    @Override
    public void detached() {
        if (http2 != null) {
            http2.endWriter();
            http2.endStuckConnection(writeTimeout);
        }
    }

    /** Not possible before the handler returns: see {@link #release}. */
    @Override
    public void cut() {}

    /** The end of the body, or a reset, is the last write. */
    @Override
    public void release() {
        guard.awaitDetached(DETACHED_TIMEOUT);
        if (http2 == null) {
            return; // Helidon commits the output stream by itself
        }
        if (!complete) {
            http2.cut();
        }
        if (out == null) {
            throw new CloseConnectionException("The client has left before the stream opened");
        }
        if (response instanceof RoutingResponse routing) {
            commit(http2, routing);
        }
    }

    private static void commit(Http2Stream http2, RoutingResponse response) {
        boolean done;
        try {
            done = http2.commit(response, DETACHED_TIMEOUT);
        } catch (RuntimeException e) {
            throw new CloseConnectionException("The client has left", e);
        }
        if (!done) {
            throw new CloseConnectionException("The connection takes nothing");
        }
    }

    @Override
    public void abandon() {
        // Nothing was taken from it.
    }
}
