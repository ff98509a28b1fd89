package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import java.util.Optional;

/**
 * Creates the event that reports missed events to a subscriber. It has no id, so a client that reconnects after it
 * resumes from the last event that it received.
 */
public final class Gap {

    private Gap() {}

    /**
     * Creates the event.
     *
     * @param missed the number of lost events, empty if unknown
     * @param oldest the id of the oldest event that is still available, empty if there is none; a store created it, so
     *     it needs no JSON escapes
     * @return the event
     */
    public static SseEvent of(Optional<Long> missed, Optional<String> oldest) {
        StringBuilder json = new StringBuilder("{");
        missed.ifPresent(count -> json.append("\"missed\":").append(count));
        oldest.ifPresent(id -> json.append(json.length() > 1 ? "," : "")
                .append("\"oldest\":\"")
                .append(id)
                .append('"'));
        return SseEvent.of(json.append('}').toString()).withEvent("gap");
    }
}
