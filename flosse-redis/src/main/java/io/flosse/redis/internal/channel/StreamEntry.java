package io.flosse.redis.internal.channel;

import io.flosse.SseEvent;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.redis.internal.connection.RedisStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a channel's stream.
 *
 * @param id its id
 * @param before the id of the entry before it
 * @param count how many events there have been, up to and with it
 * @param bytes how many bytes these had
 * @param size how many it has itself
 * @param kind whether it is an event
 * @param event the event with its id, null if it is none
 */
public record StreamEntry(
        String id,
        String before,
        long count,
        long bytes,
        long size,
        Kind kind,
        @Nullable SseEvent event) {

    enum Kind {
        BEGIN,
        EVENT,
        END
    }

    /** The id before all others. */
    static final String NONE = "0-0";

    private static final Pattern AT = Pattern.compile("(\\d+-\\d+) (\\d{1,18}) (\\d{1,18}) (\\d{1,18})");

    public static StreamEntry of(Object raw) {
        List<?> entry = (List<?>) raw;
        String id = RedisStore.text(entry.get(0));
        List<?> fields = (List<?>) entry.get(1);
        Matcher at = AT.matcher(RedisStore.text(fields.get(1)));
        if (!at.matches() || fields.size() < 4) {
            // Not ours. It follows nothing, so it is told as a gap.
            return new StreamEntry(id, NONE, 0, 0, 0, Kind.BEGIN, null);
        }
        Kind kind = switch (RedisStore.text(fields.get(2))) {
            case "begin" -> Kind.BEGIN;
            case "end" -> Kind.END;
            default -> Kind.EVENT;
        };
        return new StreamEntry(
                id,
                at.group(1),
                Long.parseLong(at.group(2)),
                Long.parseLong(at.group(3)),
                Long.parseLong(at.group(4)),
                kind,
                kind == Kind.EVENT ? event(id, fields) : null);
    }

    private static SseEvent event(String id, List<?> fields) {
        Map<String, String> named = new HashMap<>();
        for (int i = 4; i + 1 < fields.size(); i += 2) {
            named.put(RedisStore.text(fields.get(i)), RedisStore.text(fields.get(i + 1)));
        }
        SseEvent event = SseEvent.of(named.getOrDefault("data", ""));
        String name = named.get("event");
        if (name != null) {
            event = event.withEvent(name);
        }
        String retry = named.get("retry");
        if (retry != null) {
            event = event.withRetry(Duration.parse(retry));
        }
        return Payload.ofText(event).framed(id);
    }

    SseEvent requireEvent() {
        return Objects.requireNonNull(event);
    }

    /** The fields of an event, as they are in the stream behind {@code at} and {@code token}. */
    public static List<byte[]> fields(Payload payload) {
        List<byte[]> fields = new ArrayList<>();
        fields.add(RedisStore.bytes("data"));
        fields.add(RedisStore.bytes(String.valueOf(payload.event().data())));
        payload.event().event().ifPresent(name -> {
            fields.add(RedisStore.bytes("event"));
            fields.add(RedisStore.bytes(name));
        });
        payload.event().retry().ifPresent(retry -> {
            fields.add(RedisStore.bytes("retry"));
            fields.add(RedisStore.bytes(retry.toString()));
        });
        return fields;
    }

    /** What ends a stream: for how long it is kept, and the size and the fields of its last event. */
    public static List<byte[]> ending(Duration expiry, Optional<Payload> last) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(RedisStore.bytes(expiry.toMillis()));
        last.ifPresent(payload -> {
            arguments.add(RedisStore.bytes(size(payload)));
            arguments.addAll(fields(payload));
        });
        return arguments;
    }

    /** How long an event's frame is; its id has as many characters as ids mostly have. */
    public static long size(Payload payload) {
        return payload.framed("1700000000000-1000000000").length();
    }

    /** Whether a text can be the id of an entry. */
    static boolean isId(String text) {
        return text.matches("(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})");
    }

    /** Which of two ids is older. */
    static int compare(String one, String other) {
        int byTime = Long.compare(time(one), time(other));
        return byTime != 0 ? byTime : Long.compare(number(one), number(other));
    }

    /** When an entry was made, in milliseconds since the epoch. */
    static long time(String id) {
        return Long.parseUnsignedLong(id, 0, id.indexOf('-'), 10);
    }

    private static long number(String id) {
        return Long.parseUnsignedLong(id, id.indexOf('-') + 1, id.length(), 10);
    }
}
