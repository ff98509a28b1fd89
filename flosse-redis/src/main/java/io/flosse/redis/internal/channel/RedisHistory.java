package io.flosse.redis.internal.channel;

import io.flosse.channel.Channel.Loss;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.Gap;
import io.flosse.internal.channel.fanout.StartPosition;
import java.util.List;
import java.util.Optional;

/** Where a subscription begins in the stream, if the log of this machine does not reach back so far. */
public final class RedisHistory {

    private static final int BATCH = 256;

    private final RedisChannel channel;
    private final SubscriberOptions options;

    public RedisHistory(RedisChannel channel, SubscriberOptions options) {
        this.channel = channel;
        this.options = options;
    }

    /** The whole history, from the stream. */
    public StartPosition all() {
        Start start = oldest(channel.lookUp());
        return new StartPosition(
                channel.fanout().tail(), null, new RedisReplay(channel, options, start.cursor(), start.entries()));
    }

    /** What follows an event, from the stream. */
    public StartPosition after(String lastEventId) {
        boolean possible = StreamEntry.isId(lastEventId) && !lastEventId.equals(StreamEntry.NONE);
        List<StreamEntry> entries = possible ? channel.stream().after(lastEventId, BATCH) : List.<StreamEntry>of();
        boolean known = entries.isEmpty()
                ? possible && channel.stream().has(lastEventId)
                : entries.getFirst().before().equals(lastEventId);
        StreamEnd end = channel.lookUp();
        if (known && (entries.isEmpty() || isKept(entries.getFirst(), end))) {
            return new StartPosition(
                    channel.fanout().tail(), null, new RedisReplay(channel, options, lastEventId, entries));
        }
        Start start = oldest(end);
        Optional<Long> missed = Optional.empty();
        if (known) {
            long before = entries.getFirst().count() - 1;
            long lost = start.countBefore() - before;
            channel.fanout().lost(Loss.TRIMMED, lost);
            missed = options.missed(lost);
        } else {
            channel.fanout().lost(Loss.UNKNOWN_ID, 1);
        }
        Optional<String> oldest = start.entries().stream().findFirst().map(StreamEntry::id);
        return new StartPosition(
                channel.fanout().tail(),
                Gap.of(missed, oldest),
                new RedisReplay(channel, options, start.cursor(), start.entries()));
    }

    /**
     * Where the history begins.
     *
     * @param cursor the id before it
     * @param countBefore how many events there were before it
     * @param entries its first entries, the first an event; empty if there is no history
     */
    private record Start(String cursor, long countBefore, List<StreamEntry> entries) {}

    /** Reads over what Redis still has and the history has not: its trimming is not exact. */
    private Start oldest(StreamEnd end) {
        String cursor = StreamEntry.NONE;
        while (true) {
            List<StreamEntry> entries = channel.stream().after(cursor, BATCH);
            for (int i = 0; i < entries.size(); i++) {
                StreamEntry entry = entries.get(i);
                if (entry.event() != null && isKept(entry, end)) {
                    return new Start(entry.before(), entry.count() - 1, entries.subList(i, entries.size()));
                }
                cursor = entry.id();
            }
            if (entries.size() < BATCH) {
                return new Start(cursor, end.count(), List.of());
            }
        }
    }

    private boolean isKept(StreamEntry entry, StreamEnd end) {
        Retention limits = channel.limits();
        return entry.event() == null
                || (end.count() - entry.count() < limits.events()
                        && end.bytes() - entry.bytes() + entry.size() <= limits.bytes()
                        && end.now() - StreamEntry.time(entry.id())
                                < limits.age().toMillis());
    }
}
