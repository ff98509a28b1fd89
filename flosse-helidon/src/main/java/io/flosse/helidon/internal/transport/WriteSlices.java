package io.flosse.helidon.internal.transport;

/** Splits a write into slices, so that a slow client shows progress within the write timeout. */
public final class WriteSlices {

    /** The largest slice, in bytes. */
    static final int SIZE = 16 * 1024;

    /** The same on TLS, where a slice is a record: a client can use nothing of a record before it has all of it. */
    public static final int TLS_SIZE = 4 * 1024;

    private WriteSlices() {}

    public interface Writer {
        void write(byte[] bytes, int offset, int length);
    }

    public static void write(byte[] bytes, int offset, int end, int size, WriteGuard guard, Writer writer) {
        for (int from = offset; from < end; from += size) {
            if (from > offset) {
                guard.nextSlice();
            }
            writer.write(bytes, from, Math.min(size, end - from));
        }
    }
}
