package io.flosse.helidon.internal.transport;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.http2.Http2ErrorCode;
import io.helidon.http.http2.Http2Exception;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames that a client sends, and hands them to Helidon one by one, so that flosse sees each before Helidon does and
 * knows which one Helidon is processing. Owned by the connection's thread.
 */
final class Http2FrameReader implements Supplier<byte @Nullable []> {

    private static final int PREFACE_LENGTH = 24;
    private static final byte[] NOTHING = {};
    private static final long SECOND = 1_000_000_000; // ns

    private final DataReader source;
    private final Http2Connection connection;
    private final int resetsPerSecond;

    /** What was read and not handed on, from the position on. */
    private byte[] chunk = NOTHING;

    private int position;

    /** How much of the preface or of a frame's payload is still to be handed on. */
    private int rest = PREFACE_LENGTH;

    private final byte[] header = new byte[Http2FrameType.HEADER_LENGTH];
    private int type;
    private int streamId;
    private boolean requestEnded;

    private long secondBegan;
    private int resets;

    Http2FrameReader(DataReader source, Http2Connection connection, int resetsPerSecond) {
        this.source = source;
        this.connection = connection;
        this.resetsPerSecond = resetsPerSecond;
    }

    /** The stream whose request the current frame completes the head of. */
    int streamId() {
        // An upgraded connection starts the handler of its HTTP/1.1 request, stream 1, with the first settings.
        return type == Http2FrameType.SETTINGS ? 1 : streamId;
    }

    /** Whether that request has no body, or no more of it. */
    boolean requestEnded() {
        return type == Http2FrameType.SETTINGS || requestEnded;
    }

    /** Returns what Helidon is to process next, at most one frame; null at the end of the connection. */
    @Override
    public byte @Nullable [] get() {
        if (rest > 0) {
            if (position == chunk.length && !readChunk()) {
                return null;
            }
            int length = Math.min(rest, chunk.length - position);
            rest -= length;
            return take(position, length);
        }
        while (true) {
            int began = position;
            int inChunk = chunk.length - position;
            if (!readHeader()) {
                return null;
            }
            int length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
            if (isFor(length)) {
                int now = Math.min(length, chunk.length - position);
                rest = length - now;
                return inChunk >= header.length
                        ? take(began, header.length + now)
                        : concat(header, take(position, now));
            }
            if (!skip(length)) {
                return null;
            }
        }
    }

    private boolean readHeader() {
        for (int have = 0; have < header.length; ) {
            if (position == chunk.length && !readChunk()) {
                return false;
            }
            int length = Math.min(header.length - have, chunk.length - position);
            System.arraycopy(chunk, position, header, have, length);
            position += length;
            have += length;
        }
        return true;
    }

    /** Looks at the frame that begins, and returns whether Helidon is to see it. */
    private boolean isFor(int length) {
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
                // Of no meaning for streams.
            }
        }
        return true;
    }

    private void countReset() {
        if (resetsPerSecond == 0) {
            return;
        }
        long now = System.nanoTime();
        if (resets == 0 || now - secondBegan >= SECOND) {
            secondBegan = now;
            resets = 0;
        }
        resets++;
        if (resets > resetsPerSecond) {
            throw new Http2Exception(
                    Http2ErrorCode.ENHANCE_YOUR_CALM, "More than " + resetsPerSecond + " streams reset in a second");
        }
    }

    /** Reads what there is, waiting for the first byte. */
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
        for (int left = length; left > 0; ) {
            if (position == chunk.length && !readChunk()) {
                return false;
            }
            int now = Math.min(left, chunk.length - position);
            position += now;
            left -= now;
        }
        return true;
    }

    private byte[] take(int from, int length) {
        position = from + length;
        byte[] cleanup = from == 0 && length == chunk.length ? chunk : Arrays.copyOfRange(chunk, from, from + length);
        if (position == chunk.length) {
            chunk = NOTHING;
            position = 0;
        }
        return cleanup;
    }

    private static byte[] concat(byte[] head, byte[] tail) {
        byte[] both = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, both, head.length, tail.length);
        return both;
    }
}
