package io.flosse.helidon.internal.request;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Checks of a request's {@code Accept} header for {@code text/event-stream} (RFC 9110, section 12.5.1). */
public final class Accept {

    /** The value that {@code HttpURLConnection} of old JDKs sends, which RFC 9110 does not allow. */
    private static final String OLD_JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";

    private Accept() {}

    /**
     * Returns whether the client accepts an event stream. The most specific media range decides. A request without
     * {@code Accept}, or with an empty one, accepts everything.
     *
     * @throws IllegalArgumentException if RFC 9110 does not allow the header; the message contains nothing of it
     */
    public static boolean allowsEventStream(ServerRequestHeaders headers) {
        List<String> fields = headers.all(HeaderNames.ACCEPT, List::of);
        if (fields.equals(List.of(OLD_JAVA))) {
            return true;
        }
        List<Range> ranges = fields.stream()
                .flatMap(field -> new Parser(field).ranges().stream())
                .toList();
        int bestSpecificity = 0;
        boolean allowed = ranges.isEmpty();
        for (Range range : ranges) {
            boolean isMoreSpecific = range.specificity > bestSpecificity;
            if (isMoreSpecific || (range.specificity == bestSpecificity && range.specificity > 0 && range.isAllowed)) {
                bestSpecificity = range.specificity;
                allowed = range.isAllowed;
            }
        }
        return allowed;
    }

    /** Returns whether the client accepts only {@code text/event-stream}, as a browser's EventSource does. */
    static boolean onlyEventStream(ServerRequestHeaders headers) {
        List<String> values = headers.values(HeaderNames.ACCEPT);
        return values.size() == 1 && values.getFirst().trim().equalsIgnoreCase(MediaTypes.TEXT_EVENT_STREAM.text());
    }

    /**
     * A media range.
     *
     * @param specificity how specifically it matches the event stream: 3 for {@code text/event-stream}, 2 for
     *     {@code text/*}, 1 for any type, 0 for no match
     * @param isAllowed whether its weight is not zero
     */
    private record Range(int specificity, boolean isAllowed) {

        static Range of(String type, String subtype, boolean isAllowed) {
            boolean anySubtype = subtype.equals("*");
            if (type.equalsIgnoreCase("text")) {
                return new Range(subtype.equalsIgnoreCase("event-stream") ? 3 : anySubtype ? 2 : 0, isAllowed);
            }
            return new Range(type.equals("*") && anySubtype ? 1 : 0, isAllowed);
        }
    }

    /** A parser of one field. Its time is proportional to the length of the field. */
    private static final class Parser {

        private static final Pattern WEIGHT = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");
        private static final Pattern ZERO = Pattern.compile("0(\\.0*)?");

        private final String text;
        private int position;

        Parser(String text) {
            this.text = text;
        }

        /** Returns the media ranges; an empty element of the list is ignored (section 5.6.1.2). */
        List<Range> ranges() {
            List<Range> ranges = new ArrayList<>();
            do {
                skipWhitespace();
                if (!isAtElementEnd()) {
                    ranges.add(range());
                }
            } while (skip(','));
            if (position < text.length()) {
                throw invalidRange();
            }
            return ranges;
        }

        private Range range() {
            String type = token();
            require('/');
            String subtype = token();
            String weight = "";
            skipWhitespace();
            while (skip(';')) {
                skipWhitespace();
                if (!isAtElementEnd() && !isNext(';')) { // an empty parameter is legal
                    String name = token();
                    require('=');
                    if (!name.equalsIgnoreCase("q")) {
                        skipValue();
                    } else if (weight.isEmpty()) {
                        weight = weight();
                    } else {
                        throw new IllegalArgumentException("a media range must have at most one weight");
                    }
                }
                skipWhitespace();
            }
            return Range.of(type, subtype, !ZERO.matcher(weight).matches());
        }

        private String weight() {
            int start = position;
            skipToken();
            String weight = text.substring(start, position);
            if (!WEIGHT.matcher(weight).matches()) {
                throw new IllegalArgumentException(
                        "a weight must be a number from 0 to 1 with at most 3 decimals, such as q=0.5");
            }
            return weight;
        }

        private String token() {
            int start = position;
            skipToken();
            if (position == start) {
                throw invalidRange();
            }
            return text.substring(start, position);
        }

        private void skipToken() {
            while (position < text.length() && isTokenCharacter(text.charAt(position))) {
                position++;
            }
        }

        private static boolean isTokenCharacter(char c) {
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }

        /** Skips the value of a parameter: a token or a quoted string (section 5.6.4). */
        private void skipValue() {
            if (!skip('"')) {
                token();
                return;
            }
            while (!skip('"')) {
                skip('\\'); // escapes the next character
                if (position == text.length()) {
                    throw new IllegalArgumentException("a quoted string must end with a quotation mark");
                }
                if (isControlCharacter(text.charAt(position))) {
                    throw new IllegalArgumentException("a quoted string must not contain control characters");
                }
                position++;
            }
        }

        private static boolean isControlCharacter(char c) {
            return (c < ' ' && c != '\t') || c == '\u007f';
        }

        private void require(char wanted) {
            if (!skip(wanted)) {
                throw invalidRange();
            }
        }

        private boolean skip(char wanted) {
            boolean found = isNext(wanted);
            if (found) {
                position++;
            }
            return found;
        }

        private boolean isNext(char wanted) {
            return position < text.length() && text.charAt(position) == wanted;
        }

        private boolean isAtElementEnd() {
            return position == text.length() || isNext(',');
        }

        private void skipWhitespace() {
            while (isNext(' ') || isNext('\t')) {
                position++;
            }
        }

        private static IllegalArgumentException invalidRange() {
            return new IllegalArgumentException(
                    "it must be a list of media ranges such as text/event-stream;q=0.5, separated by commas");
        }
    }
}
