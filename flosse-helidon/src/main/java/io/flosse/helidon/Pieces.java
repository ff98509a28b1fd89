package io.flosse.helidon;

/** Writes in pieces, so that a slow client shows progress before the write timeout. */
final class Pieces {

    /** The largest piece. */
    static final int SIZE = 16 * 1024;

    /** A piece is a record of TLS, and a client can use nothing of a record before it has the whole of it. */
    static final int TLS_SIZE = 4 * 1024;

    private Pieces() {}

    interface Writer {
        void write(byte[] bytes, int offset, int length);
    }

    static void write(byte[] bytes, int offset, int end, int size, StreamLife life, Writer writer) {
        for (int from = offset; from < end; from += size) {
            if (from > offset) {
                life.pieceBegins();
            }
            writer.write(bytes, from, Math.min(size, end - from));
        }
    }
}
