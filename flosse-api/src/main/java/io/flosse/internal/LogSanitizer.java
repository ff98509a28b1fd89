package io.flosse.internal;

import java.util.HexFormat;

/** Escapes untrusted text for log messages. */
public final class LogSanitizer {

    private LogSanitizer() {}

    /**
     * Escapes line breaks and other control characters, which could forge a log line or control a terminal.
     *
     * @param text any text
     * @return the text, with such characters written as <code>&#92;u000a</code>
     */
    public static String of(String text) {
        if (text.chars().noneMatch(LogSanitizer::isControlCharacter)) {
            return text;
        }
        var sanitized = new StringBuilder(text.length() + 16);
        text.chars().forEach(c -> {
            if (isControlCharacter(c)) {
                sanitized.append("\\u").append(HexFormat.of().toHexDigits((char) c));
            } else {
                sanitized.append((char) c);
            }
        });
        return sanitized.toString();
    }

    private static boolean isControlCharacter(int c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
