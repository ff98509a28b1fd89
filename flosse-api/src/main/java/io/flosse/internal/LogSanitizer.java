package io.flosse.internal;

import java.util.HexFormat;

/** Text from outside in a line of a log. */
public final class LogSanitizer {

    private LogSanitizer() {}

    /**
     * Without line breaks and other control characters, which could forge a line of the log or speak to a terminal.
     *
     * @param text any text
     * @return the text, with such characters written as <code>&#92;u000a</code>
     */
    public static String of(String text) {
        if (text.chars().noneMatch(LogSanitizer::isUnprintable)) {
            return text;
        }
        var printable = new StringBuilder(text.length() + 16);
        text.chars().forEach(c -> {
            if (isUnprintable(c)) {
                printable.append("\\u").append(HexFormat.of().toHexDigits((char) c));
            } else {
                printable.append((char) c);
            }
        });
        return printable.toString();
    }

    private static boolean isUnprintable(int c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
