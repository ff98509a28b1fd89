package io.flosse.internal.wire;

import java.util.Arrays;

/** A growing byte array. It appends text as UTF-8 without an intermediate copy. Not thread-safe. */
class Utf8Buffer {

    private byte[] bytes;
    private int length;

    Utf8Buffer(int capacity) {
        bytes = new byte[capacity];
    }

    /**
     * Returns the array that holds the bytes, valid until the next write.
     *
     * @return the array; the bytes are at 0 to {@link #length()}
     */
    public byte[] array() {
        return bytes;
    }

    /**
     * Returns the number of bytes written.
     *
     * @return the count
     */
    public int length() {
        return length;
    }

    /**
     * Writes one byte.
     *
     * @param b the byte
     */
    public void write(byte b) {
        ensureCapacity(1);
        bytes[length++] = b;
    }

    /**
     * Writes a range of an array.
     *
     * @param source the array
     * @param offset the first byte's index
     * @param count the number of bytes
     */
    public void write(byte[] source, int offset, int count) {
        ensureCapacity(count);
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
     * Writes a range of a text in UTF-8. An unpaired surrogate, which UTF-8 cannot encode, becomes U+FFFD, the
     * replacement character.
     *
     * @param text the text
     * @param start the first char's index
     * @param end the index after the last char
     */
    public void write(String text, int start, int end) {
        ensureCapacity(end - start);
        byte[] target = bytes;
        int position = length;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                length = position;
                writeNonAscii(text, i, end);
                return;
            }
            target[position++] = (byte) c;
        }
        length = position;
    }

    private void writeNonAscii(String text, int start, int end) {
        ensureCapacity(Math.multiplyExact(3, end - start));
        for (int i = start; i < end; i++) {
            i += writeChar(text, i, end);
        }
    }

    /**
     * Writes the character at an index. The caller ensures the capacity. Returns 1 if it used a second char, else 0.
     */
    private int writeChar(String text, int index, int end) {
        char c = text.charAt(index);
        if (c < 0x80) {
            bytes[length++] = (byte) c;
        } else if (c < 0x800) {
            bytes[length++] = (byte) (0xC0 + (c >> 6));
            writeContinuation(c);
        } else if (!Character.isSurrogate(c)) {
            bytes[length++] = (byte) (0xE0 + (c >> 12));
            writeContinuation(c >> 6);
            writeContinuation(c);
        } else if (index + 1 < end && Character.isSurrogatePair(c, text.charAt(index + 1))) {
            int point = Character.toCodePoint(c, text.charAt(index + 1));
            bytes[length++] = (byte) (0xF0 + (point >> 18));
            writeContinuation(point >> 12);
            writeContinuation(point >> 6);
            writeContinuation(point);
            return 1;
        } else {
            bytes[length++] = (byte) 0xEF;
            bytes[length++] = (byte) 0xBF;
            bytes[length++] = (byte) 0xBD;
        }
        return 0;
    }

    private void writeContinuation(int bits) {
        bytes[length++] = (byte) (0x80 + (bits & 0x3F));
    }

    /**
     * Writes a number in decimal digits.
     *
     * @param number the number
     */
    public void writeDecimal(long number) {
        if (number == Long.MIN_VALUE) {
            String text = Long.toString(number);
            write(text, 0, text.length());
            return;
        }
        ensureCapacity(20);
        long remaining = Math.abs(number);
        if (number < 0) {
            bytes[length++] = '-';
        }
        int digits = 1;
        for (long power = 10; digits < 19 && remaining >= power; power *= 10) {
            digits++;
        }
        length += digits;
        for (int position = length - 1, i = 0; i < digits; i++, position--) {
            bytes[position] = (byte) ('0' + remaining % 10);
            remaining /= 10;
        }
    }

    /**
     * Returns the bytes written.
     *
     * @return a copy
     */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Sets the length.
     *
     * @param newLength how many bytes to keep; if there are fewer, the additional bytes are undefined
     */
    public final void truncate(int newLength) {
        if (newLength > length) {
            ensureCapacity(newLength - length);
        }
        length = newLength;
    }

    private void ensureCapacity(int additional) {
        if (bytes.length - length < additional) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, additional), bytes.length * 2));
        }
    }
}
