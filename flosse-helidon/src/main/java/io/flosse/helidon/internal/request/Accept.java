package io.flosse.helidon.internal.request;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.ServerRequestHeaders;
import java.util.List;

/** What the request's {@code Accept} says of {@code text/event-stream} (RFC 9110, section 12.5.1). */
public final class Accept {

    private Accept() {}

    /** Whether an event stream may be sent. The most specific range decides; no {@code Accept} allows everything. */
    public static boolean allowsEventStream(ServerRequestHeaders headers) {
        if (!headers.contains(HeaderNames.ACCEPT)) {
            return true;
        }
        int bestRank = 0;
        boolean allowed = false;
        for (HttpMediaType range : headers.acceptedTypes()) {
            int rank = rank(range);
            if (rank > bestRank || (rank == bestRank && rank > 0 && range.qualityFactor() > 0)) {
                bestRank = rank;
                allowed = range.qualityFactor() > 0;
            }
        }
        return allowed;
    }

    /** How specifically a range names the event stream: 3 by its name, 2 as text, 1 as anything, 0 not at all. */
    private static int rank(HttpMediaType range) {
        if (range.mediaType().type().equalsIgnoreCase("text")) {
            String subtype = range.mediaType().subtype();
            return subtype.equalsIgnoreCase("event-stream") ? 3 : subtype.equals("*") ? 2 : 0;
        }
        return range.mediaType().isWildcardType() ? 1 : 0;
    }

    /** Whether this is a client that takes nothing else, as a browser's EventSource says. */
    static boolean onlyEventStream(ServerRequestHeaders headers) {
        List<String> values = headers.values(HeaderNames.ACCEPT);
        return values.size() == 1 && values.getFirst().trim().equalsIgnoreCase(MediaTypes.TEXT_EVENT_STREAM.text());
    }
}
