package io.flosse.helidon.internal.transport;

/** Splits writes into slices, so that the write timeout applies to one slice and a slow client shows progress. */
public final class WriteSlices {

    /** The maximum size of a slice, in bytes. */
    static final int SIZE = 16 * 1024;

    /**
     * The maximum size of a slice on TLS, in bytes. A slice is a TLS record, which a client must receive completely to
     * use it.
     */
    public static final int TLS_SIZE = 4 * 1024;

    private WriteSlices() {}

    /** The operation that writes one slice. */
    public interface Writer {
        void write(byte[] bytes, int offset, int length);
    }

    /**
     * Writes bytes slice by slice, and reports each further slice to the guard.
     *
     * @param offset the index of the first byte
     * @param end the index after the last byte
     * @param size the maximum size of a slice, in bytes
     */
    public static void write(byte[] bytes, int offset, int end, int size, WriteGuard guard, Writer writer) {
        for (int start = offset; start < end; start += size) {
            if (start > offset) {
                guard.nextSlice();
            }
            writer.write(bytes, start, Math.min(size, end - start));
        }
    }
}
