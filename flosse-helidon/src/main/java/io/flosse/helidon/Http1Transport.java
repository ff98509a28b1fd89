package io.flosse.helidon;

import io.flosse.helidon.internal.ConnectionSink;
import io.flosse.internal.FrameBuffer;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.DateTime;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes whole frames, with their chunk framing (RFC 9112, section 7.1), straight to the connection: one write for what
 * is gathered, and a socket that can be watched and closed.
 */
final class Http1Transport implements Transport {

    private static final byte[] STATUS_LINE = "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Room for a chunk's size in hexadecimal, which is at most 8 digits, and CRLF. */
    private static final int CHUNK_HEADER = 10;

    private final ServerResponse response;
    private final ConnectionContext connection;
    private final DataWriter writer;
    private final Runnable closeRunnable;
    private final StreamLife life;
    private final int pieceSize;

    /** Made, but not sent yet. Guarded by the stream's write lock. */
    private @Nullable BufferData head;

    private @Nullable Watchdog watchdog;

    /** Guarded by this. */
    private boolean closing;

    private Http1Transport(ServerResponse response, ConnectionSink sink, StreamLife life) {
        this.response = response;
        this.connection = sink.connection();
        this.writer = connection.dataWriter();
        this.closeRunnable = sink.closeRunnable();
        this.life = life;
        this.pieceSize = connection.isSecure() ? Pieces.TLS_SIZE : Pieces.SIZE;
    }

    /** The transport of a request whose connection has a socket that is written to synchronously; else nothing. */
    static Optional<Http1Transport> of(ServerRequest request, ServerResponse response, StreamLife life) {
        if (!"1.1".equals(request.prologue().protocolVersion())
                || request.listenerContext().config().writeQueueLength() > 1) {
            return Optional.empty();
        }
        ConnectionSink sink = response.sink(ConnectionSink.TYPE);
        try {
            sink.connection().serverSocket();
        } catch (UnsupportedOperationException inMemory) {
            return Optional.empty();
        }
        return Optional.of(new Http1Transport(response, sink, life));
    }

    /** Begins to watch for the end of the connection; from now on nobody else may read it. */
    void watch(Runnable gone) {
        watchdog = Watchdog.start(connection.dataReader(), gone);
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
        BufferData first = head;
        if (first == null) {
            Pieces.write(frames.array(), start, frames.length(), pieceSize, life, this::write);
        } else {
            head = null;
            first.write(frames.array(), start, frames.length() - start);
            byte[] bytes = first.readBytes();
            Pieces.write(bytes, 0, bytes.length, pieceSize, life, this::write);
        }
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
        // Read-only, since Helidon 4.2 and 4.3 write too much of the other kind where the offset is not 0.
        writer.writeNow(BufferData.createReadOnly(bytes, offset, length));
    }

    @Override
    public int touch() {
        return connection.serverSocket().isConnected() ? 1 : 0;
    }

    @Override
    public boolean isInterruptible() {
        return !connection.isSecure() || Transport.isInterruptibleOnTls();
    }

    @Override
    public void prepare() {
        StreamHeaders.set(response);
        ServerResponseHeaders headers = response.headers();
        headers.remove(HeaderNames.CONTENT_LENGTH);
        headers.set(HeaderValues.TRANSFER_ENCODING_CHUNKED);
        headers.set(HeaderValues.CONNECTION_CLOSE);
        BufferData made = BufferData.growing(512);
        made.write(STATUS_LINE);
        if (!headers.contains(HeaderNames.DATE)) {
            made.write("Date: ".getBytes(StandardCharsets.US_ASCII));
            made.write(DateTime.http1Bytes());
        }
        for (Header header : headers) {
            header.validate();
            header.writeHttp1Header(made);
        }
        made.write('\r');
        made.write('\n');
        head = made;
    }

    @Override
    public void cut() {
        if (!connection.isSecure()) {
            close();
        } else if (closes()) {
            // To close is to write an alert, after the write that is under way: it may get stuck.
            Thread.ofVirtual().name("flosse-closer").start(this::close);
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
        closeRunnable.run();
        end();
    }

    /** The watchdog still reads the connection, so it cannot serve another request. */
    @Override
    public void abandon() {
        response.header(HeaderValues.CONNECTION_CLOSE);
        response.whenSent(this::end);
    }

    private void end() {
        cut();
        if (watchdog != null) {
            watchdog.finish();
        }
    }
}
