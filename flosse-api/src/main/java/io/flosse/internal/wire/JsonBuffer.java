package io.flosse.internal.wire;

import java.nio.charset.StandardCharsets;

/**
 * A buffer that encodes JSON (RFC 8259). It writes the same bytes as a generator of jakarta.json, which would allocate
 * 1.2 KB of garbage per event. Not thread-safe.
 */
public final class JsonBuffer extends Utf8Buffer {

    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] HEX = ascii("0123456789abcdef");

    JsonBuffer(int capacity) {
        super(capacity);
    }

    void writeNull() {
        write(NULL);
    }

    void writeBoolean(boolean value) {
        write(value ? TRUE : FALSE);
    }

    /** Writes text that is already JSON, such as a number. */
    void writeLiteral(String json) {
        write(json, 0, json.length());
    }

    void writeString(String text) {
        write((byte) '"');
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                write(text, start, i);
                writeEscaped(c);
                start = i + 1;
            }
        }
        write(text, start, text.length());
        write((byte) '"');
    }

    private void writeEscaped(char c) {
        write((byte) '\\');
        switch (c) {
            case '\b' -> write((byte) 'b');
            case '\f' -> write((byte) 'f');
            case '\n' -> write((byte) 'n');
            case '\r' -> write((byte) 'r');
            case '\t' -> write((byte) 't');
            case '"', '\\' -> write((byte) c);
            default -> {
                write((byte) 'u');
                write((byte) '0');
                write((byte) '0');
                write(HEX[c >> 4]);
                write(HEX[c & 0xF]);
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
