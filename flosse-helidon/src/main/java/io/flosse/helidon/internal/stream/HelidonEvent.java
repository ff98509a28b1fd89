package io.flosse.helidon.internal.stream;

import io.flosse.SseEvent;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.internal.wire.EventIds;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import io.helidon.common.media.type.MediaTypes;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Encodes events of Helidon's own type, from {@code helidon-webserver-sse}, as flosse frames. */
final class HelidonEvent {

    private HelidonEvent() {}

    /**
     * Returns a writer of the event's frame. A comment is a line before its fields; an event without data has no data
     * field.
     */
    static Consumer<FrameBuffer> frame(io.helidon.http.sse.SseEvent event, JsonSupport json) {
        byte @Nullable [] data = data(event, json);
        SseEvent fields = fields(event);
        boolean commentOnly = data == null
                && fields.id().isEmpty()
                && fields.event().isEmpty()
                && fields.retry().isEmpty();
        return out -> {
            event.comment().ifPresent(text -> Frames.comment(out, text));
            if (!commentOnly) {
                Frames.event(out, fields, data);
            }
        };
    }

    private static SseEvent fields(io.helidon.http.sse.SseEvent event) {
        SseEvent none = SseEvent.of(null);
        SseEvent identified = event.id().map(none::withId).orElse(none);
        SseEvent named = event.name().map(identified::withEvent).orElse(identified);
        return EventIds.requireSendable(retry(event).map(named::withRetry).orElse(named));
    }

    private static Optional<Duration> retry(io.helidon.http.sse.SseEvent event) {
        try {
            return event.reconnectMillis();
        } catch (NullPointerException unset) {
            // Helidon 4 throws if the event has no retry.
            return Optional.empty();
        }
    }

    private static byte @Nullable [] data(io.helidon.http.sse.SseEvent event, JsonSupport json) {
        Object data = event.data();
        if (data.equals(io.helidon.http.sse.SseEvent.NO_DATA)) {
            return null;
        }
        if (data instanceof byte[] bytes) {
            return bytes;
        }
        if (data instanceof String text) {
            return json.json().data(text);
        }
        return json.write(data, event.mediaType().orElse(MediaTypes.APPLICATION_JSON));
    }
}
