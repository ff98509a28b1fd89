package io.flosse.redis.internal.channel;

import io.flosse.channel.Channel.Loss;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.Gap;
import io.flosse.internal.channel.fanout.StartPosition;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds the start of a subscription in the stream, if the log of this server does not reach back that far. */
public final class RedisHistory {

    private static final int BATCH = 256;

    private final RedisChannel channel;
    private final SubscriberOptions options;

    public RedisHistory(RedisChannel channel, SubscriberOptions options) {
        this.channel = channel;
        this.options = options;
    }

    /** Returns the start of a subscription that reads the whole history from the stream. */
    public StartPosition all() {
        StreamEnd end = channel.lookUpEnd();
        Start start = oldest(end, StreamEntry::isEvent);
        return new StartPosition(
                channel.fanout().tail(),
                null,
                new RedisReplay(channel, options, end.id(), start.cursor(), start.entries()));
    }

    /** Returns the start of a subscription that reads the events after an event from the stream. */
    public StartPosition after(String lastEventId) {
        boolean valid = StreamEntry.isId(lastEventId) && !lastEventId.equals(StreamEntry.NONE);
        List<StreamEntry> entries = valid ? channel.stream().after(lastEventId, BATCH) : List.<StreamEntry>of();
        // An invalid entry does not name its predecessor.
        boolean named = !entries.isEmpty() && entries.getFirst().kind() != StreamEntry.Kind.FOREIGN;
        boolean known = named
                ? entries.getFirst().previousId().equals(lastEventId)
                : valid && channel.stream().has(lastEventId);
        StreamEnd end = channel.lookUpEnd();
        if (known && (entries.isEmpty() || isKept(entries.getFirst(), end))) {
            return new StartPosition(
                    channel.fanout().tail(), null, new RedisReplay(channel, options, end.id(), lastEventId, entries));
        }
        // Events that were too large for the history belong to the same gap.
        Start start = oldest(end, entry -> entry.event() != null);
        Optional<Long> missed = Optional.empty();
        if (known) {
            long received = entries.getFirst().count() - 1;
            long lost = Math.max(0, start.countBefore() - received);
            channel.fanout().lost(Loss.TRIMMED, lost);
            missed = options.missed(lost);
        } else {
            channel.fanout().lost(Loss.UNKNOWN_ID, 1);
        }
        Optional<String> oldest = start.entries().stream().findFirst().map(StreamEntry::id);
        return new StartPosition(
                channel.fanout().tail(),
                Gap.of(missed, oldest),
                new RedisReplay(channel, options, end.id(), start.cursor(), start.entries()));
    }

    /**
     * The start of the history.
     *
     * @param cursor the id of the entry before the history
     * @param countBefore the number of events before the history
     * @param entries the first entries of the history, starting with an event; empty if there is no history
     */
    private record Start(String cursor, long countBefore, List<StreamEntry> entries) {}

    /**
     * Finds the start of the history. Skips older entries, because Redis trims a stream only approximately.
     *
     * @param canBeFirst accepts the first entry
     */
    private Start oldest(StreamEnd end, Predicate<StreamEntry> canBeFirst) {
        String cursor = StreamEntry.NONE;
        while (true) {
            List<StreamEntry> entries = channel.stream().after(cursor, BATCH);
            for (int i = 0; i < entries.size(); i++) {
                StreamEntry entry = entries.get(i);
                if (canBeFirst.test(entry) && isKept(entry, end)) {
                    return new Start(entry.previousId(), entry.count() - 1, entries.subList(i, entries.size()));
                }
                cursor = entry.id();
            }
            if (entries.size() < BATCH) {
                return new Start(cursor, end.count(), List.of());
            }
        }
    }

    private boolean isKept(StreamEntry entry, StreamEnd end) {
        Retention retention = channel.retention();
        return !entry.isEvent()
                || (end.count() - entry.count() < retention.events()
                        && end.bytes() - entry.bytes() + entry.size() <= retention.bytes()
                        && end.now() - StreamEntry.time(entry.id())
                                < retention.age().toMillis());
    }
}
