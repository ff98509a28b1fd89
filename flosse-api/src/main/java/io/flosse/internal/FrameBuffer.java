package io.flosse.internal;

import java.util.Arrays;

/** Bytes on their way to the wire: an array that grows, written at the end. Not thread-safe. */
public final class FrameBuffer {

    private byte[] bytes;
    private int length;

    /**
     * An empty buffer.
     *
     * @param capacity how many bytes it takes before it grows
     */
    public FrameBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    /**
     * The array that holds the bytes, valid until the next write.
     *
     * @return the array; the bytes are at 0 to {@link #length()}
     */
    public byte[] array() {
        return bytes;
    }

    /**
     * How many bytes were written.
     *
     * @return the count
     */
    public int length() {
        return length;
    }

    /**
     * Forgets all bytes.
     *
     * @param headroom how many bytes to leave free at the beginning, for whoever sends the buffer
     */
    public void restart(int headroom) {
        length = 0;
        ensure(headroom);
        length = headroom;
    }

    /**
     * Forgets the bytes at the end.
     *
     * @param length how many to keep
     */
    public void truncate(int length) {
        this.length = Math.min(this.length, length);
    }

    /**
     * Writes one byte.
     *
     * @param b the byte
     */
    public void write(byte b) {
        ensure(1);
        bytes[length++] = b;
    }

    /**
     * Writes some bytes of an array.
     *
     * @param source the array
     * @param offset the first byte's index
     * @param count how many
     */
    public void write(byte[] source, int offset, int count) {
        ensure(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    /**
     * Writes an array.
     *
     * @param source the array
     */
    public void write(byte[] source) {
        write(source, 0, source.length);
    }

    /**
     * The bytes written.
     *
     * @return a copy
     */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), bytes.length * 2));
        }
    }
}
