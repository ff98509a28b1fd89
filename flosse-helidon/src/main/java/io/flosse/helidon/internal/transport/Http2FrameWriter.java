package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.TlsSocket;
import io.helidon.webserver.CloseConnectionException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The writer of a connection's frames. Helidon calls it for one frame at a time, under its lock. No stream may end the
 * shared connection. So a thread that user code or Helidon can interrupt does not write to the socket itself, and
 * frames of an ended stream are not written.
 */
final class Http2FrameWriter implements DataWriter {

    /** The error code CANCEL (RFC 9113, section 7): the stream is no longer needed. */
    private static final byte CANCEL = 8;

    private final DataWriter delegate;
    private final Supplier<HelidonSocket> socket;
    private final Http2Connection connection;

    // Guarded by this.

    /** The thread that writes to the socket; null if none does. */
    private @Nullable Thread socketWriter;

    /** When that write started, in {@link System#nanoTime()}. */
    private long socketWriteStart;

    /** Whether to interrupt that thread after its write. */
    private boolean interruptPending;

    Http2FrameWriter(DataWriter delegate, Supplier<HelidonSocket> socket, Http2Connection connection) {
        this.delegate = delegate;
        this.socket = socket;
        this.connection = connection;
    }

    @Override
    public void writeNow(BufferData frame) {
        if (frame.available() < Http2FrameType.HEADER_LENGTH) {
            write(frame, null);
            return;
        }
        int type = byteAt(frame, 3);
        int id = (byteAt(frame, 5) & 0x7f) << 24 | byteAt(frame, 6) << 16 | byteAt(frame, 7) << 8 | byteAt(frame, 8);
        boolean last = (byteAt(frame, 4) & Http2FrameType.END_STREAM) != 0;
        Http2Stream stream = connection.stream(id);
        switch (type) {
            case Http2FrameType.DATA -> data(frame, id, last, stream);
            case Http2FrameType.HEADERS -> headers(frame, id, last, stream);
            case Http2FrameType.RST_STREAM -> reset(frame, stream);
            default -> {
                if (type == Http2FrameType.GOAWAY && isError(frame)) {
                    connection.gone();
                }
                write(frame, null);
            }
        }
    }

    private void data(BufferData frame, int id, boolean last, @Nullable Http2Stream stream) {
        boolean empty = frame.available() == Http2FrameType.HEADER_LENGTH;
        if (stream != null && stream.isFlosse()) {
            if (last && empty && stream.isGone()) {
                stream.responseEnded();
                return;
            }
            if (last && empty && stream.isCut() && !stream.isResponseEnded()) {
                stream.responseEnded();
                write(rstStream(id), stream);
                return;
            }
            if (stream.isGone() || stream.isCut() || stream.isResponseEnded()) {
                // Not dropped silently: Helidon would subtract the frame from the connection's flow-control window.
                throw new CloseConnectionException("HTTP/2 stream " + id + " has ended; the DATA frame is not written");
            }
        }
        markResponseEnd(stream, last);
        write(frame, stream);
    }

    /** Writes headers. They are never dropped, since both ends keep a compression table of their content (RFC 7541). */
    private void headers(BufferData frame, int id, boolean last, @Nullable Http2Stream stream) {
        markResponseEnd(stream, last);
        if (last && stream != null && stream.isFlosse() && stream.isCut() && !stream.isGone()) {
            byte[] bytes = frame.readBytes();
            bytes[4] &= ~Http2FrameType.END_STREAM;
            write(BufferData.create(BufferData.create(bytes), rstStream(id)), stream);
        } else {
            write(frame, stream);
        }
    }

    private void reset(BufferData frame, @Nullable Http2Stream stream) {
        if (stream != null && (stream.isGone() || (stream.isFlosse() && stream.isResponseEnded()))) {
            return; // the client has reset the stream or has its end; a reset must not be answered with a reset
        }
        markResponseEnd(stream, true);
        write(frame, stream);
    }

    /** Marks the end of a response. Called before the write, since the client may answer before the write returns. */
    private static void markResponseEnd(@Nullable Http2Stream stream, boolean last) {
        if (last && stream != null) {
            stream.responseEnded();
        }
    }

    private static int byteAt(BufferData frame, int index) {
        return frame.get(index) & 0xff;
    }

    private static boolean isError(BufferData goAway) {
        int code = Http2FrameType.HEADER_LENGTH + 4;
        return goAway.available() >= code + 4
                && (byteAt(goAway, code)
                                | byteAt(goAway, code + 1)
                                | byteAt(goAway, code + 2)
                                | byteAt(goAway, code + 3))
                        != 0;
    }

    private static BufferData rstStream(int id) {
        byte[] frame = new byte[Http2FrameType.HEADER_LENGTH + Http2FrameType.RST_STREAM_LENGTH];
        frame[2] = Http2FrameType.RST_STREAM_LENGTH;
        frame[3] = Http2FrameType.RST_STREAM;
        frame[5] = (byte) (id >>> 24);
        frame[6] = (byte) (id >>> 16);
        frame[7] = (byte) (id >>> 8);
        frame[8] = (byte) id;
        frame[12] = CANCEL;
        return BufferData.create(frame);
    }

    private void write(BufferData frame, @Nullable Http2Stream stream) {
        if (stream != null && stream.isWriter()) {
            writeToSocket(frame, true);
        } else if (connection.isConnectionThread() || !connection.hasStreams()) {
            writeToSocket(frame, false);
        } else {
            IsolatedWrite.run(() -> writeToSocket(frame, false));
        }
    }

    /**
     * Writes a frame on the current thread.
     *
     * @param deferInterrupt whether to defer an interrupt of this thread until the write has ended
     */
    private void writeToSocket(BufferData frame, boolean deferInterrupt) {
        synchronized (this) {
            socketWriter = Thread.currentThread();
            socketWriteStart = System.nanoTime();
            interruptPending = deferInterrupt && Thread.interrupted();
        }
        try {
            delegate.writeNow(frame);
        } finally {
            synchronized (this) {
                socketWriter = null;
                if (interruptPending) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Interrupts a writer thread of flosse: at once, or after its write if it is writing to the socket. */
    synchronized void interrupt(Thread writer) {
        if (socketWriter == writer) {
            interruptPending = true;
        } else {
            writer.interrupt();
        }
    }

    /**
     * Ends the connection if a write to the socket has taken longer than the timeout. Does nothing for the JDK's own
     * TLS socket (see ADR 45).
     */
    synchronized void endIfStuck(Duration timeout) {
        if (socketWriter != null
                && System.nanoTime() - socketWriteStart >= timeout.toNanos()
                && !(socket.get() instanceof TlsSocket)) {
            socketWriter.interrupt();
        }
    }

    @Override
    public void writeNow(BufferData... buffers) {
        writeNow(BufferData.create(buffers));
    }

    @Override
    public void write(BufferData... buffers) {
        writeNow(buffers);
    }

    @Override
    public void write(BufferData buffer) {
        writeNow(buffer);
    }

    @Override
    public void flush() {
        delegate.flush();
    }

    @Override
    public void close() {
        delegate.close();
    }
}
