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
 * Writes the frames of a connection, one at a time, as Helidon hands them over under its lock. What a stream does or suffers must
 * not end the connection: a thread that others may interrupt does not write to the socket itself, and a frame of a stream that
 * has ended is not written.
 */
final class Http2FrameWriter implements DataWriter {

    /** CANCEL: the stream is no longer needed. */
    private static final byte CANCEL = 8;

    private final DataWriter delegate;
    private final Supplier<HelidonSocket> socket;
    private final Http2Connection connection;

    // Guarded by this.

    /** The thread that is in the socket, and since when, in {@link System#nanoTime()}. */
    private @Nullable Thread inSocket;

    private long began;

    /** Whether that thread is to be interrupted once it has left the socket. */
    private boolean interruptLater;

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
        int type = at(frame, 3);
        int id = (at(frame, 5) & 0x7f) << 24 | at(frame, 6) << 16 | at(frame, 7) << 8 | at(frame, 8);
        boolean last = (at(frame, 4) & Http2FrameType.END_STREAM) != 0;
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
                // Not dropped, since Helidon would take it from the connection's window.
                throw new CloseConnectionException("The stream has ended");
            }
        }
        ends(stream, last);
        write(frame, stream);
    }

    /** Headers are always written: both ends keep a table of what was in them (RFC 7541). */
    private void headers(BufferData frame, int id, boolean last, @Nullable Http2Stream stream) {
        ends(stream, last);
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
            return; // a reset is not answered by a reset
        }
        ends(stream, true);
        write(frame, stream);
    }

    /** Before the write, because the client may answer while this thread still returns from it. */
    private static void ends(@Nullable Http2Stream stream, boolean last) {
        if (last && stream != null) {
            stream.responseEnded();
        }
    }

    private static int at(BufferData frame, int index) {
        return frame.get(index) & 0xff;
    }

    private static boolean isError(BufferData goAway) {
        int code = Http2FrameType.HEADER_LENGTH + 4;
        return goAway.available() >= code + 4
                && (at(goAway, code) | at(goAway, code + 1) | at(goAway, code + 2) | at(goAway, code + 3)) != 0;
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
     * Writes on the current thread.
     *
     * @param own whether it is a writer of flosse's own, which keeps an interrupt for after the write
     */
    private void writeToSocket(BufferData frame, boolean own) {
        synchronized (this) {
            inSocket = Thread.currentThread();
            began = System.nanoTime();
            interruptLater = own && Thread.interrupted();
        }
        try {
            delegate.writeNow(frame);
        } finally {
            synchronized (this) {
                inSocket = null;
                if (interruptLater) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Interrupts a writer of flosse's own, now or once it has left the socket. */
    synchronized void interrupt(Thread writer) {
        if (inSocket == writer) {
            interruptLater = true;
        } else {
            writer.interrupt();
        }
    }

    /** Ends the connection, if a frame has been in the socket for some time. Not in the JDK's own TLS socket: see ADR 45. */
    synchronized void endIfStuck(Duration timeout) {
        if (inSocket != null
                && System.nanoTime() - began >= timeout.toNanos()
                && !(socket.get() instanceof TlsSocket)) {
            inSocket.interrupt();
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
