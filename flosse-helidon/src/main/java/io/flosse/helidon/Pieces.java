package io.flosse.helidon;

/** Writes in pieces of at most 16 KiB, so that a slow client shows progress before the write timeout. */
final class Pieces {

    private static final int SIZE = 16 * 1024;

    private Pieces() {}

    interface Writer {
        void write(byte[] bytes, int offset, int length);
    }

    static void write(byte[] bytes, int offset, int end, StreamLife life, Writer writer) {
        for (int from = offset; from < end; from += SIZE) {
            life.pieceBegins();
            writer.write(bytes, from, Math.min(SIZE, end - from));
        }
    }
}
