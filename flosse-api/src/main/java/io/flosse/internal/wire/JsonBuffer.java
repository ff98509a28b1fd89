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

    /** Writes text that is already JSON. An unpaired surrogate can only be inside a string, so it can be escaped. */
    void writeJson(String json) {
        int start = 0;
        for (int i = 0; i < json.length(); i++) {
            if (isUnpairedSurrogate(json, i)) {
                write(json, start, i);
                writeEscaped(json.charAt(i));
                start = i + 1;
            }
        }
        write(json, start, json.length());
    }

    /** Writes a string. An unpaired surrogate, which UTF-8 cannot encode, is written as an escape. */
    void writeString(String text) {
        write((byte) '"');
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\' || isUnpairedSurrogate(text, i)) {
                write(text, start, i);
                writeEscaped(c);
                start = i + 1;
            }
        }
        write(text, start, text.length());
        write((byte) '"');
    }

    private static boolean isUnpairedSurrogate(String text, int index) {
        char c = text.charAt(index);
        if (!Character.isSurrogate(c)) {
            return false;
        }
        return Character.isHighSurrogate(c)
                ? index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1))
                : index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
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
                write(HEX[c >> 12]);
                write(HEX[c >> 8 & 0xF]);
                write(HEX[c >> 4 & 0xF]);
                write(HEX[c & 0xF]);
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
