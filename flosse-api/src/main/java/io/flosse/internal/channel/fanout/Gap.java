package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import java.util.Optional;

/**
 * The event that tells a subscriber what it missed. It has no id: a client that reconnects after it asks again from the
 * last event that it has really had.
 */
public final class Gap {

    private Gap() {}

    /**
     * The event.
     *
     * @param missed how many events were lost, empty where nobody can tell
     * @param oldest the id of the oldest event that can still be had, empty if there is none; made by a store, so it
     *     needs no escapes
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
