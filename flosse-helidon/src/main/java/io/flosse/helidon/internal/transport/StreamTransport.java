package io.flosse.helidon.internal.transport;

import io.flosse.internal.LogSanitizer;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
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
 * The transport that writes to Helidon's output stream. It works with every protocol of Helidon and with in-memory test
 * clients. A body that does not end by {@link #send} is cut. On HTTP/2 it notices a disconnect. The HTTP/2 connection is
 * shared, so it is ended only if its socket is stuck.
 */
public final class StreamTransport implements Transport {

    /** Maximum wait for the end of a detached write and for the commit of the response. */
    private static final Duration DETACHED_TIMEOUT = Duration.ofSeconds(1);

    private final ServerResponse response;
    private final StreamHeaders headers;
    private final WriteGuard guard;
    private final Duration writeTimeout;

    /** Null if the request is not HTTP/2, or if its connection is not watched. */
    private final @Nullable Http2Stream http2;

    /** Null until the response head is prepared. */
    private @Nullable OutputStream out;

    /** Whether the whole body has been passed to Helidon. */
    private volatile boolean complete;

    private StreamTransport(
            ServerResponse response,
            StreamHeaders headers,
            WriteGuard guard,
            Duration writeTimeout,
            @Nullable Http2Stream http2) {
        this.response = response;
        this.headers = headers;
        this.guard = guard;
        this.writeTimeout = writeTimeout;
        this.http2 = http2;
    }

    /**
     * Creates the transport of a response.
     *
     * @param headers the headers of the response
     * @param writeTimeout how long one write to the socket of an HTTP/2 connection may take before the connection
     *     is ended
     * @throws IllegalStateException on Helidon 4.3, if a content encoder would delay events
     */
    public static StreamTransport of(
            ServerRequest request,
            ServerResponse response,
            StreamHeaders headers,
            WriteGuard guard,
            Duration writeTimeout) {
        if (!HelidonLine.SENT_BY_COMMIT && hasEncoder(request)) {
            throw new IllegalStateException("The content encoder that this listener has for 'Accept-Encoding: "
                    + LogSanitizer.of(
                            request.headers().get(HeaderNames.ACCEPT_ENCODING).get())
                    + "' would delay events. Remove the encoding from the class path or from this listener"
                    + " (content-encoding.content-encodings), or use Helidon 4.5");
        }
        return new StreamTransport(
                response, headers, guard, writeTimeout, Http2Stream.of(request).orElse(null));
    }

    private static boolean hasEncoder(ServerRequest request) {
        return !request.listenerContext()
                .contentEncodingContext()
                .encoder(request.headers())
                .equals(ContentEncoder.NO_OP);
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
    public boolean watch(Runnable onDisconnect) {
        if (http2 == null) {
            return false;
        }
        http2.whenGone(onDisconnect);
        return true;
    }

    @Override
    public void onStop(Runnable action) {
        if (http2 != null) {
            http2.whenStopping(action);
        }
    }

    /** Sends the head of an HTTP/2 response. On HTTP/1.1, Helidon sends it later, with the length 0. */
    @Override
    public void sendHead() {
        if (http2 != null) {
            try {
                writeHead(Objects.requireNonNull(out));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        complete = true;
    }

    /** Sends the head of an HTTP/2 response: it follows the first write, also of nothing. */
    private static void writeHead(OutputStream stream) throws IOException {
        stream.write(new byte[0]);
        stream.flush();
    }

    @Override
    public void send(FrameBuffer frames, BodyState after) {
        if (http2 == null) {
            write(frames, after);
            return;
        }
        http2.writerBegins();
        try {
            if (!guard.isDetachable()) {
                http2.writerEnds(); // the caller does the write, and user code and Helidon can interrupt it
                guard.nextSlice();
            }
            write(frames, after);
        } finally {
            http2.writerEnds();
        }
    }

    private void write(FrameBuffer frames, BodyState after) {
        try {
            OutputStream stream = Objects.requireNonNull(out);
            if (frames.length() == 0 && after != BodyState.COMPLETE) {
                if (http2 != null) {
                    writeHead(stream);
                    return;
                }
                Frames.blankLine(frames); // elsewhere Helidon sends the head with the first byte only
            }
            WriteSlices.write(frames.array(), 0, frames.length(), WriteSlices.SIZE, guard, (bytes, offset, length) -> {
                try {
                    stream.write(bytes, offset, length);
                    stream.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            if (after == BodyState.COMPLETE) {
                stream.close();
                complete = true;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void prepare() {
        headers.setWithRoute(response);
        response.headers().set(StreamHeaders.NO_ENCODER);
        try {
            out = response.outputStream();
        } finally {
            response.headers().remove(HeaderNames.CONTENT_ENCODING);
        }
    }

    /** Returns false: an interrupt in the socket would end the connection, which other streams share. */
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

    /** Does nothing: the stream can be reset only when the handler returns. See {@link #release}. */
    @Override
    public void cut() {}

    /** Commits the response: sends the end of the body, or a reset if the body is incomplete. */
    @Override
    public void release() {
        guard.awaitDetached(DETACHED_TIMEOUT);
        if (http2 == null) {
            if (out != null && !complete) {
                // Helidon closes the HTTP/1.1 connection, or resets the HTTP/2 stream, and does not end the body.
                throw new CloseConnectionException("The stream has ended before its body was complete");
            }
            return; // Helidon commits the output stream itself
        }
        if (!complete) {
            http2.cut();
        }
        if (out == null) {
            throw new CloseConnectionException("The client has disconnected before the stream opened");
        }
        if (response instanceof RoutingResponse routing) {
            commit(http2, routing);
        }
    }

    private static void commit(Http2Stream http2, RoutingResponse response) {
        boolean committed;
        try {
            committed = http2.commit(response, DETACHED_TIMEOUT);
        } catch (RuntimeException e) {
            throw new CloseConnectionException("The client has disconnected before the response ended", e);
        }
        if (!committed) {
            throw new CloseConnectionException(
                    "The connection did not accept the end of the response within " + DETACHED_TIMEOUT);
        }
    }

    @Override
    public void abandon() {
        // The response was not used.
    }
}
