package io.flosse.redis.internal.channel;

import io.flosse.SseEvent;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.redis.internal.connection.RedisStore;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a channel's stream.
 *
 * @param id the id of the entry
 * @param previousId the id of the entry before it
 * @param count the number of events in the channel so far, including this entry
 * @param bytes the number of bytes of these events
 * @param size the bytes of this entry
 * @param kind the kind of the entry
 * @param event the event with its id, null if the entry has none
 */
public record StreamEntry(
        String id,
        String previousId,
        long count,
        long bytes,
        long size,
        Kind kind,
        @Nullable SseEvent event) {

    enum Kind {
        BEGIN,
        EVENT,
        /** An event that is larger than the history. For a short time it can be read with {@link RedisStream#large}. */
        LARGE,
        END,
        /** Not written by flosse, or with an invalid field. Such an entry is reported to subscribers as a gap. */
        FOREIGN
    }

    /** The id that is lower than the id of any entry. */
    static final String NONE = "0-0";

    /** The value of the field {@code at}: previous id, count, bytes and size. */
    private static final Pattern AT = Pattern.compile("(\\d{1,20}-\\d{1,20}) (\\d{1,15}) (\\d{1,15}) (\\d{1,15})");

    /**
     * Parses an entry of an answer of Redis.
     *
     * @throws IllegalArgumentException if flosse did not write it, or a field is invalid. {@link #foreign} represents it
     */
    static StreamEntry of(Object raw) {
        List<?> entry = (List<?>) raw;
        String id = RedisStore.text(entry.get(0));
        List<?> fields = (List<?>) entry.get(1);
        Matcher header = AT.matcher(RedisStore.text(fields.get(1)));
        if (!header.matches() || fields.size() < 4) {
            throw new IllegalArgumentException("its first field is not that of an entry of flosse");
        }
        if (compare(header.group(1), id) >= 0) {
            throw new IllegalArgumentException("it names the later entry " + header.group(1) + " as its predecessor");
        }
        Kind kind = switch (RedisStore.text(fields.get(2))) {
            case "begin" -> Kind.BEGIN;
            case "end" -> Kind.END;
            default -> fields.size() > 4 && RedisStore.text(fields.get(4)).equals("large") ? Kind.LARGE : Kind.EVENT;
        };
        return new StreamEntry(
                id,
                header.group(1),
                Long.parseLong(header.group(2)),
                Long.parseLong(header.group(3)),
                Long.parseLong(header.group(4)),
                kind,
                kind == Kind.EVENT ? event(id, fields.subList(4, fields.size())) : null);
    }

    /** Returns the stand-in for an entry that can't be parsed. It names no predecessor. */
    static StreamEntry foreign(Object raw) {
        return new StreamEntry(RedisStore.text(((List<?>) raw).get(0)), NONE, 0, 0, 0, Kind.FOREIGN, null);
    }

    /**
     * Creates an event from the names and values of its fields.
     *
     * @throws IllegalArgumentException if a field is invalid
     */
    static SseEvent event(String id, List<?> fields) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            values.put(RedisStore.text(fields.get(i)), RedisStore.text(fields.get(i + 1)));
        }
        SseEvent event = SseEvent.of(values.getOrDefault("data", ""));
        String name = values.get("event");
        if (name != null) {
            event = event.withEvent(name);
        }
        String retry = values.get("retry");
        if (retry != null) {
            event = event.withRetry(duration(retry));
        }
        return Payload.ofText(event).framed(id);
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("retry is not a duration: " + text, e);
        }
    }

    /** Returns whether this entry is an event, whether or not it has been kept. */
    boolean isEvent() {
        return kind == Kind.EVENT || kind == Kind.LARGE;
    }

    SseEvent requireEvent() {
        return Objects.requireNonNull(event);
    }

    /** Returns the names and values of an event's fields. In the stream they follow {@code at} and {@code token}. */
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

    /**
     * Returns the arguments of the function {@code close_stream}: expiry, size and fields of the last event.
     *
     * @param size returns the size of the last event, as {@link #size} does
     */
    public static List<byte[]> closingArguments(Duration expiry, Optional<Payload> last, ToLongFunction<Payload> size) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(RedisStore.bytes(expiry.toMillis()));
        last.ifPresent(payload -> {
            arguments.add(RedisStore.bytes(size.applyAsLong(payload)));
            arguments.addAll(fields(payload));
        });
        return arguments;
    }

    /**
     * Returns the bytes of an event in the history: those of its frame, estimated with an id of typical length; 0 if it
     * is larger than the whole history, which does not keep it then.
     *
     * @param historyBytes the maximum of the history; 0 if there is none, and each event has its size
     */
    public static long size(Payload payload, long historyBytes) {
        long size = payload.framed("1700000000000-1000000000").length();
        return historyBytes > 0 && size > historyBytes ? 0 : size;
    }

    /** Returns whether a text has the syntax of an entry's id. */
    static boolean isId(String text) {
        return text.matches("(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})");
    }

    /** Compares two ids in the order of the stream. */
    static int compare(String one, String other) {
        int byTime = Long.compareUnsigned(time(one), time(other));
        return byTime != 0 ? byTime : Long.compareUnsigned(sequenceNumber(one), sequenceNumber(other));
    }

    /** Returns the time in an id, in milliseconds since the epoch. */
    static long time(String id) {
        return Long.parseUnsignedLong(id, 0, id.indexOf('-'), 10);
    }

    private static long sequenceNumber(String id) {
        return Long.parseUnsignedLong(id, id.indexOf('-') + 1, id.length(), 10);
    }
}
