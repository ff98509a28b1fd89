package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.http2.Http2ErrorCode;
import io.helidon.http.http2.Http2Exception;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A reader of a client's frames that passes them to Helidon one at a time. So flosse sees each frame before Helidon
 * does, and knows which one Helidon is processing. Owned by the connection's thread.
 */
final class Http2FrameReader implements Supplier<byte @Nullable []> {

    private static final int PREFACE_LENGTH = 24;
    private static final byte[] EMPTY = {};

    /** The window of the limit on resets, in nanoseconds. */
    private static final long RESET_WINDOW = 1_000_000_000;

    private final DataReader source;
    private final Http2Connection connection;
    private final int resetsPerSecond;

    /** The bytes that were read; those from the position on have not been passed to Helidon. */
    private byte[] chunk = EMPTY;

    private int position;

    /** The bytes of the preface or of the current payload that have not been passed to Helidon. */
    private int remaining = PREFACE_LENGTH;

    private final byte[] header = new byte[Http2FrameType.HEADER_LENGTH];
    private int type;
    private int streamId;
    private boolean requestEnded;

    private long windowStart;
    private int resetsInWindow;

    Http2FrameReader(DataReader source, Http2Connection connection, int resetsPerSecond) {
        this.source = source;
        this.connection = connection;
        this.resetsPerSecond = resetsPerSecond;
    }

    /** Returns the id of the stream whose request headers the current frame completes. */
    int streamId() {
        // After an upgrade, the first SETTINGS frame starts the handler of the HTTP/1.1 request, which is stream 1.
        return type == Http2FrameType.SETTINGS ? 1 : streamId;
    }

    /** Returns whether that request has ended: it has no body, or its body was read. */
    boolean requestEnded() {
        return type == Http2FrameType.SETTINGS || requestEnded;
    }

    /** Returns the next bytes for Helidon, at most one frame; null at the end of the connection. */
    @Override
    public byte @Nullable [] get() {
        if (remaining > 0) {
            if (position == chunk.length && !readChunk()) {
                return null;
            }
            int length = Math.min(remaining, chunk.length - position);
            remaining -= length;
            return take(position, length);
        }
        while (true) {
            int headerStart = position;
            int available = chunk.length - position;
            if (!readHeader()) {
                return null;
            }
            int length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
            if (isForHelidon(length)) {
                int payload = Math.min(length, chunk.length - position);
                remaining = length - payload;
                return available >= header.length
                        ? take(headerStart, header.length + payload)
                        : concat(header, take(position, payload));
            }
            if (!skip(length)) {
                return null;
            }
        }
    }

    private boolean readHeader() {
        for (int copied = 0; copied < header.length; ) {
            if (position == chunk.length && !readChunk()) {
                return false;
            }
            int length = Math.min(header.length - copied, chunk.length - position);
            System.arraycopy(chunk, position, header, copied, length);
            position += length;
            copied += length;
        }
        return true;
    }

    /**
     * Processes the header of the next frame.
     *
     * @param length the length of the payload
     * @return whether to pass the frame to Helidon
     */
    private boolean isForHelidon(int length) {
        type = header[3] & 0xff;
        int id = (header[5] & 0x7f) << 24 | (header[6] & 0xff) << 16 | (header[7] & 0xff) << 8 | (header[8] & 0xff);
        boolean last = (header[4] & Http2FrameType.END_STREAM) != 0;
        switch (type) {
            case Http2FrameType.HEADERS -> {
                streamId = id;
                requestEnded = last;
                connection.headersReceived(id, last);
            }
            case Http2FrameType.DATA -> {
                if (last) {
                    connection.requestEnded(id);
                }
            }
            case Http2FrameType.RST_STREAM -> {
                countReset();
                if (length == Http2FrameType.RST_STREAM_LENGTH) {
                    return connection.reset(id);
                }
            }
            case Http2FrameType.GOAWAY -> connection.gone();
            default -> {
                // Other frames do not matter to flosse's streams.
            }
        }
        return true;
    }

    private void countReset() {
        if (resetsPerSecond == 0) {
            return;
        }
        long now = System.nanoTime();
        if (resetsInWindow == 0 || now - windowStart >= RESET_WINDOW) {
            windowStart = now;
            resetsInWindow = 0;
        }
        resetsInWindow++;
        if (resetsInWindow > resetsPerSecond) {
            throw new Http2Exception(
                    Http2ErrorCode.ENHANCE_YOUR_CALM, "More than " + resetsPerSecond + " streams reset in a second");
        }
    }

    /** Reads the available bytes; waits for the first one. Returns false at the end of the connection. */
    private boolean readChunk() {
        try {
            if (source.available() == 0) {
                source.pullData();
            }
            chunk = source.readBytes(source.available());
            position = 0;
            return true;
        } catch (DataReader.InsufficientDataAvailableException e) {
            connection.gone();
            return false;
        } catch (RuntimeException e) {
            connection.gone();
            throw e;
        }
    }

    private boolean skip(int length) {
        for (int toSkip = length; toSkip > 0; ) {
            if (position == chunk.length && !readChunk()) {
                return false;
            }
            int skipped = Math.min(toSkip, chunk.length - position);
            position += skipped;
            toSkip -= skipped;
        }
        return true;
    }

    private byte[] take(int from, int length) {
        position = from + length;
        byte[] taken = from == 0 && length == chunk.length ? chunk : Arrays.copyOfRange(chunk, from, from + length);
        if (position == chunk.length) {
            chunk = EMPTY;
            position = 0;
        }
        return taken;
    }

    private static byte[] concat(byte[] head, byte[] tail) {
        byte[] both = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, both, head.length, tail.length);
        return both;
    }
}
