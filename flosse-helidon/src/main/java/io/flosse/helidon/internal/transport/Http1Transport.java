package io.flosse.helidon.internal.transport;

import io.flosse.internal.wire.FrameBuffer;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.TlsSocket;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The transport for HTTP/1.1. Writes frames with their chunk framing (RFC 9112, section 7.1) directly to the
 * connection: one write for a batch, and direct access to the socket, which can be watched and closed.
 */
public final class Http1Transport implements Transport {

    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /**
     * Follows the last frames of a body that is cut: no chunk header begins with it. The {@code fetch} of Node 20 takes a
     * chunked body for complete when the connection closes after {@code Connection: close}, unless its parser has
     * failed. Other clients report the missing last chunk without this byte, too (ADR 58).
     */
    private static final byte[] CUT_MARK = {'!'};

    /** Maximum length of a chunk header: the size in up to 8 hexadecimal digits, and CRLF. */
    private static final int CHUNK_HEADER = 10;

    /** Maximum duration of a close on TLS, which writes an alert and may block on a full send buffer. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final ServerResponse response;
    private final ConnectionContext connection;
    private final DataWriter writer;
    private final ResponseHead head;
    private final WriteGuard guard;
    private final int sliceSize;

    /** Guarded by the stream's write lock. */
    private boolean headSent;

    /** Whether the last chunk was sent. Written under the stream's write lock. */
    private volatile boolean ended;

    /** Null until the connection is watched. */
    private @Nullable DisconnectWatcher watcher;

    /** Whether a close of a TLS connection has started. Guarded by this. */
    private boolean closing;

    private Http1Transport(
            ServerResponse response, StreamHeaders headers, SinkProviderContext context, WriteGuard guard) {
        this.response = response;
        this.connection = context.connectionContext();
        this.writer = connection.dataWriter();
        this.head = ResponseHead.of(response, headers, context);
        this.guard = guard;
        this.sliceSize = connection.isSecure() ? WriteSlices.TLS_SIZE : WriteSlices.SIZE;
    }

    /**
     * Returns the transport of a request; empty unless it is an HTTP/1.1 request on a socket with synchronous writes.
     *
     * @param headers the headers of the response
     * @param onHidden receives the failure if Helidon does not expose the connection
     */
    public static Optional<Transport> of(
            ServerRequest request,
            ServerResponse response,
            StreamHeaders headers,
            WriteGuard guard,
            Consumer<Throwable> onHidden) {
        if (!"1.1".equals(request.prologue().protocolVersion())
                || request.listenerContext().config().writeQueueLength() > 1) {
            return Optional.empty();
        }
        SinkProviderContext context;
        try {
            context = ConnectionSink.context(response);
            context.connectionContext().dataReader();
        } catch (RuntimeException | LinkageError e) {
            onHidden.accept(e);
            return Optional.empty();
        }
        try {
            context.connectionContext().serverSocket();
        } catch (UnsupportedOperationException inMemory) {
            return Optional.empty();
        }
        return Optional.of(new Http1Transport(response, headers, context, guard));
    }

    @Override
    public boolean watch(Runnable onDisconnect) {
        watcher = DisconnectWatcher.start(connection.dataReader(), onDisconnect);
        return true;
    }

    @Override
    public int headroom() {
        return CHUNK_HEADER;
    }

    @Override
    public void sendHead() {
        head.sendAlone();
    }

    @Override
    public void send(FrameBuffer frames, BodyState after) {
        int start = frames.length() == CHUNK_HEADER ? CHUNK_HEADER : chunk(frames);
        if (after == BodyState.COMPLETE) {
            frames.write(LAST_CHUNK);
            ended = true;
        }
        send(frames, start);
        if (after == BodyState.CUT && !isInMemory()) {
            markCut();
        }
    }

    private void send(FrameBuffer frames, int offset) {
        int start = offset;
        int end = frames.length();
        if (!headSent) {
            headSent = true;
            if (start == end) {
                head.sendAlone();
                return;
            }
            int firstEnd = Math.min(end, start + sliceSize);
            head.send(frames.array(), start, firstEnd - start);
            if (firstEnd == end) {
                return;
            }
            guard.nextSlice();
            start = firstEnd;
        }
        WriteSlices.write(frames.array(), start, end, sliceSize, guard, this::write);
    }

    /** Writes the mark of a cut on its own, because a client may discard what it reads together with an invalid byte. */
    private void markCut() {
        guard.nextSlice();
        try {
            write(CUT_MARK, 0, CUT_MARK.length);
        } catch (RuntimeException e) {
            // The client has disconnected after the last frames, which count as written.
        }
    }

    /**
     * Turns the frames into one chunk. Its header has no leading zeros and ends where the frames begin.
     *
     * @return the offset of the header
     */
    private static int chunk(FrameBuffer frames) {
        int size = frames.length() - CHUNK_HEADER;
        frames.write((byte) '\r');
        frames.write((byte) '\n');
        byte[] bytes = frames.array();
        int start = CHUNK_HEADER;
        bytes[--start] = '\n';
        bytes[--start] = '\r';
        for (int remaining = size; remaining != 0; remaining >>>= 4) {
            bytes[--start] = (byte) Character.forDigit(remaining & 0xF, 16);
        }
        return start;
    }

    private void write(byte[] bytes, int offset, int length) {
        // Read-only: Helidon 4.3 writes too many bytes of a writable buffer whose offset is not 0.
        writer.writeNow(BufferData.createReadOnly(bytes, offset, length));
    }

    @Override
    public int prefetch() {
        return connection.serverSocket().isConnected() ? 1 : 0;
    }

    @Override
    public boolean isInterruptible() {
        return !(connection.serverSocket() instanceof TlsSocket);
    }

    @Override
    public void prepare() {
        head.prepare();
    }

    @Override
    public void cut() {
        if (!connection.isSecure()) {
            close();
        } else if (startClosing()) {
            // The close writes an alert and waits for a write in progress, so it runs on another thread.
            Thread closer = Thread.ofVirtual().name("flosse-closer").start(this::close);
            if (isInterruptible()) {
                Thread.startVirtualThread(() -> interruptIfStuck(closer));
            }
        }
    }

    private static void interruptIfStuck(Thread closer) {
        try {
            if (!closer.join(CLOSE_TIMEOUT)) {
                closer.interrupt(); // closes the channel without sending the alert
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether this is the first call. */
    private synchronized boolean startClosing() {
        boolean first = !closing;
        closing = true;
        return first;
    }

    private void close() {
        try {
            connection.serverSocket().close();
        } catch (UncheckedIOException e) {
            // The socket is closed nevertheless.
        }
    }

    @Override
    public void release() {
        try {
            head.release();
        } finally {
            if (!ended && isInMemory()) {
                // The client would wait forever, because its connection can't be closed.
                writer.writeNow(BufferData.createReadOnly(LAST_CHUNK, 0, LAST_CHUNK.length));
            }
            closeConnection();
        }
    }

    /** Returns whether the client is Helidon's in-memory test client, whose socket can't be closed. */
    private boolean isInMemory() {
        return !connection.serverSocket().getClass().getPackageName().equals(HelidonSocket.class.getPackageName());
    }

    /** Closes the connection after the response: the watcher still reads it, so it cannot serve another request. */
    @Override
    public void abandon() {
        response.header(HeaderValues.CONNECTION_CLOSE);
        response.whenSent(this::closeConnection);
    }

    private void closeConnection() {
        cut();
        if (watcher != null) {
            watcher.finish();
        } else {
            DataReader reader = connection.dataReader();
            reader.skip(reader.available()); // or Helidon would serve a pipelined request
        }
    }
}
