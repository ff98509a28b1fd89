package io.flosse.helidon.internal.transport;

import io.flosse.internal.wire.FrameBuffer;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
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
 * Writes whole frames, with their chunk framing (RFC 9112, section 7.1), straight to the connection: one write for what
 * is gathered, and a socket that can be watched and closed.
 */
public final class Http1Transport implements Transport {

    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Room for a chunk's size in hexadecimal, which is at most 8 digits, and CRLF. */
    private static final int CHUNK_HEADER = 10;

    /** How long a close on TLS, which writes an alert, may wait for room. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final ServerResponse response;
    private final ConnectionContext connection;
    private final DataWriter writer;
    private final ResponseHead head;
    private final WriteGuard guard;
    private final int sliceSize;

    /** Guarded by the stream's write lock. */
    private boolean headSent;

    private @Nullable DisconnectWatcher watcher;

    /** Guarded by this. */
    private boolean closing;

    private Http1Transport(ServerResponse response, SinkProviderContext context, WriteGuard guard) {
        this.response = response;
        this.connection = context.connectionContext();
        this.writer = connection.dataWriter();
        this.head = ResponseHead.of(response, context);
        this.guard = guard;
        this.sliceSize = connection.isSecure() ? WriteSlices.TLS_SIZE : WriteSlices.SIZE;
    }

    /**
     * The transport of a request whose connection has a socket that is written to synchronously; else nothing.
     *
     * @param hidden what to tell if Helidon does not show the connection
     */
    public static Optional<Transport> of(
            ServerRequest request, ServerResponse response, WriteGuard guard, Consumer<Throwable> hidden) {
        if (!"1.1".equals(request.prologue().protocolVersion())
                || request.listenerContext().config().writeQueueLength() > 1) {
            return Optional.empty();
        }
        SinkProviderContext context;
        try {
            context = ConnectionSink.context(response);
            context.connectionContext().dataReader();
        } catch (RuntimeException | LinkageError e) {
            hidden.accept(e);
            return Optional.empty();
        }
        try {
            context.connectionContext().serverSocket();
        } catch (UnsupportedOperationException inMemory) {
            return Optional.empty();
        }
        return Optional.of(new Http1Transport(response, context, guard));
    }

    @Override
    public boolean watch(Runnable gone) {
        watcher = DisconnectWatcher.start(connection.dataReader(), gone);
        return true;
    }

    @Override
    public int headroom() {
        return CHUNK_HEADER;
    }

    @Override
    public void send(FrameBuffer frames, boolean last) {
        int start = frames.length() == CHUNK_HEADER ? CHUNK_HEADER : chunk(frames);
        if (last) {
            frames.write(LAST_CHUNK);
        }
        int end = frames.length();
        if (!headSent) {
            headSent = true;
            int first = Math.min(end, start + sliceSize);
            head.send(frames.array(), start, first - start);
            if (first == end) {
                return;
            }
            guard.nextSlice();
            start = first;
        }
        WriteSlices.write(frames.array(), start, end, sliceSize, guard, this::write);
    }

    /** Makes one chunk of the frames; the header, without leading zeros, ends where the frames begin. */
    private static int chunk(FrameBuffer frames) {
        int size = frames.length() - CHUNK_HEADER;
        frames.write((byte) '\r');
        frames.write((byte) '\n');
        byte[] bytes = frames.array();
        int start = CHUNK_HEADER;
        bytes[--start] = '\n';
        bytes[--start] = '\r';
        for (int rest = size; rest != 0; rest >>>= 4) {
            bytes[--start] = (byte) Character.forDigit(rest & 0xF, 16);
        }
        return start;
    }

    private void write(byte[] bytes, int offset, int length) {
        // Read-only, because Helidon 4.3 writes too much of the other kind where the offset is not 0.
        writer.writeNow(BufferData.createReadOnly(bytes, offset, length));
    }

    @Override
    public int touch() {
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
        } else if (closes()) {
            // The close writes an alert, after the write that is under way.
            Thread closer = Thread.ofVirtual().name("flosse-closer").start(this::close);
            if (isInterruptible()) {
                Thread.startVirtualThread(() -> interruptIfStuck(closer));
            }
        }
    }

    private static void interruptIfStuck(Thread closer) {
        try {
            if (!closer.join(CLOSE_TIMEOUT)) {
                closer.interrupt(); // closes the channel without the alert
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean closes() {
        boolean first = !closing;
        closing = true;
        return first;
    }

    private void close() {
        try {
            connection.serverSocket().close();
        } catch (UncheckedIOException e) {
            // It is closed.
        }
    }

    @Override
    public void release() {
        try {
            head.release();
        } finally {
            end();
        }
    }

    /** The watchdog still reads the connection, so it cannot serve another request. */
    @Override
    public void abandon() {
        response.header(HeaderValues.CONNECTION_CLOSE);
        response.whenSent(this::end);
    }

    private void end() {
        cut();
        if (watcher != null) {
            watcher.finish();
        }
    }
}
