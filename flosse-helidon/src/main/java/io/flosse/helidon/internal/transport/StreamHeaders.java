package io.flosse.helidon.internal.transport;

import io.flosse.internal.LogSanitizer;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The status and the headers of a stream's response: flosse's own, and those that the route adds. Headers set by filters
 * and CORS are kept.
 */
public final class StreamHeaders {

    /** A token (RFC 9110, section 5.6.2). */
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /** The headers that a route may not set, in lower case: flosse or the connection sets them. */
    private static final Set<String> RESERVED = Set.of(
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "keep-alive",
            "proxy-connection",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-accel-buffering");

    private static final Header CONTENT_TYPE =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    private static final Header CACHE_CONTROL =
            HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache, no-transform");

    /** Tells nginx not to buffer this response; nginx needs no setting for that. */
    private static final Header X_ACCEL_BUFFERING = HeaderValues.createCached("X-Accel-Buffering", "no");

    /**
     * Keeps Helidon from encoding the body, since an encoder would delay events. It is set only while the output stream
     * is requested, and removed before the head is sent.
     */
    static final Header NO_ENCODER = HeaderValues.createCached(HeaderNames.CONTENT_ENCODING, "identity");

    /** The cache control of all responses that are not streams: they are valid for one request only. */
    public static final Header NO_STORE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");

    private final List<Header> ofRoute;

    /**
     * Creates the headers of a stream.
     *
     * @param ofRoute the headers that the route adds; of two with the same name the last one counts
     */
    public StreamHeaders(List<Header> ofRoute) {
        this.ofRoute = List.copyOf(ofRoute);
    }

    /**
     * Checks a header that a route adds.
     *
     * @throws IllegalArgumentException if the name is not a token or reserved, or if the value is not printable ASCII
     *     without leading and trailing spaces. The message does not contain the value, which may be secret
     */
    public static Header ofRoute(String name, String value) {
        if (!NAME.matcher(Objects.requireNonNull(name, "The name of a response header is null"))
                .matches()) {
            throw new IllegalArgumentException("'" + LogSanitizer.of(name)
                    + "' is no name of a header: use letters, digits and -, without spaces and colons");
        }
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (RESERVED.contains(lowerCase)) {
            throw new IllegalArgumentException("The header " + name
                    + " can't be set on a stream, because flosse or the server sets it. Remove it");
        }
        checkValue(name, Objects.requireNonNull(value, () -> "The value of the response header " + name + " is null"));
        // Cached, because Helidon adds further values to other headers in place, and routes share them.
        return HeaderValues.createCached(HeaderNames.create(lowerCase, name), true, false, value);
    }

    private static void checkValue(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean isOuterSpace = c == ' ' && (i == 0 || i == value.length() - 1);
            if (c < ' ' || c > '~' || isOuterSpace) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "The value of the response header %s has U+%04X at index %d: use printable ASCII without"
                                + " leading and trailing spaces; percent-encode other text",
                        name,
                        (int) c,
                        i));
            }
        }
    }

    /** Sets the status, flosse's headers and those of the route. A cookie is added to the others, any other replaces. */
    void setWithRoute(ServerResponse response) {
        set(response);
        ServerResponseHeaders headers = response.headers();
        for (Header header : ofRoute) {
            if (header.headerName().equals(HeaderNames.SET_COOKIE)) {
                headers.add(header);
            } else {
                headers.set(header);
            }
        }
    }

    /** Sets the status and flosse's headers. */
    public static void set(ServerResponse response) {
        response.status(Status.OK_200);
        response.header(CONTENT_TYPE);
        response.header(CACHE_CONTROL);
        response.header(X_ACCEL_BUFFERING);
    }
}
