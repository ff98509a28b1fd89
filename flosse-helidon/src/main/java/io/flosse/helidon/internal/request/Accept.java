package io.flosse.helidon.internal.request;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.ServerRequestHeaders;
import java.util.List;

/** Checks of a request's {@code Accept} header for {@code text/event-stream} (RFC 9110, section 12.5.1). */
public final class Accept {

    private Accept() {}

    /**
     * Returns whether the client accepts an event stream. The most specific media range decides. A request without
     * {@code Accept} accepts everything.
     */
    public static boolean allowsEventStream(ServerRequestHeaders headers) {
        if (!headers.contains(HeaderNames.ACCEPT)) {
            return true;
        }
        int bestSpecificity = 0;
        boolean allowed = false;
        for (HttpMediaType range : headers.acceptedTypes()) {
            int specificity = specificity(range);
            boolean isMoreSpecific = specificity > bestSpecificity;
            boolean isAllowed = range.qualityFactor() > 0;
            if (isMoreSpecific || (specificity == bestSpecificity && specificity > 0 && isAllowed)) {
                bestSpecificity = specificity;
                allowed = isAllowed;
            }
        }
        return allowed;
    }

    /**
     * Returns how specifically a range matches the event stream: 3 for {@code text/event-stream}, 2 for {@code text/*},
     * 1 for any type, 0 for no match.
     */
    private static int specificity(HttpMediaType range) {
        if (range.mediaType().type().equalsIgnoreCase("text")) {
            String subtype = range.mediaType().subtype();
            return subtype.equalsIgnoreCase("event-stream") ? 3 : subtype.equals("*") ? 2 : 0;
        }
        return range.mediaType().isWildcardType() ? 1 : 0;
    }

    /** Returns whether the client accepts only {@code text/event-stream}, as a browser's EventSource does. */
    static boolean onlyEventStream(ServerRequestHeaders headers) {
        List<String> values = headers.values(HeaderNames.ACCEPT);
        return values.size() == 1 && values.getFirst().trim().equalsIgnoreCase(MediaTypes.TEXT_EVENT_STREAM.text());
    }
}
