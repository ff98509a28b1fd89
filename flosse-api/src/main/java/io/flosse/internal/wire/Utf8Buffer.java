package io.flosse.internal.wire;

import java.util.Arrays;

/** An array of bytes that grows, written at its end, which takes text as UTF-8 without a copy of it. Not thread-safe. */
class Utf8Buffer {

    private byte[] bytes;
    private int length;

    Utf8Buffer(int capacity) {
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
     * Writes a part of a text in UTF-8; half of a surrogate pair becomes a question mark, as in {@link String#getBytes}.
     *
     * @param text the text
     * @param start the first char's index
     * @param end the index after the last
     */
    public void write(String text, int start, int end) {
        ensure(end - start);
        byte[] to = bytes;
        int at = length;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                length = at;
                writeNotAscii(text, i, end);
                return;
            }
            to[at++] = (byte) c;
        }
        length = at;
    }

    private void writeNotAscii(String text, int start, int end) {
        ensure(Math.multiplyExact(3, end - start));
        for (int i = start; i < end; i++) {
            i += writeChar(text, i, end);
        }
    }

    /** Writes the character at an index, for which there is room; 1 if it took a second char, else 0. */
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
            bytes[length++] = '?';
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
            String least = Long.toString(number);
            write(least, 0, least.length());
            return;
        }
        ensure(20);
        long rest = Math.abs(number);
        if (number < 0) {
            bytes[length++] = '-';
        }
        int digits = 1;
        for (long power = 10; digits < 19 && rest >= power; power *= 10) {
            digits++;
        }
        length += digits;
        for (int at = length - 1, i = 0; i < digits; i++, at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /**
     * The bytes written.
     *
     * @return a copy
     */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Forgets what was written after the first bytes.
     *
     * @param newLength how many bytes to keep; where there are fewer, the rest is undefined
     */
    public final void truncate(int newLength) {
        if (newLength > length) {
            ensure(newLength - length);
        }
        length = newLength;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), bytes.length * 2));
        }
    }
}
