package io.flosse.redis.internal.channel;

import static io.flosse.redis.internal.connection.RedisStore.bytes;

import io.flosse.SseEvent;
import io.flosse.internal.LogSanitizer;
import io.flosse.redis.internal.connection.RedisStore;
import io.flosse.redis.internal.connection.Scripts;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The Redis stream of one channel. Every method throws {@link io.flosse.channel.ChannelUnavailableException} if Redis
 * does not answer in time.
 */
final class RedisStream {

    private static final Logger LOGGER = System.getLogger("io.flosse");
    private static final int MAX_REASON = 200;

    private final String name;
    private final RedisStore store;
    private final AtomicBoolean warned = new AtomicBoolean();

    RedisStream(String name, RedisStore store) {
        this.name = name;
        this.store = store;
    }

    /**
     * Returns the end of the stream, with the id {@link StreamEntry#NONE} if it does not exist.
     *
     * @param age how long events are kept
     * @param expiry how long Redis keeps the stream if it is not used
     */
    StreamEnd open(Duration age, Duration expiry) {
        List<byte[]> arguments = List.of(bytes(age.toMillis()), bytes(expiry.toMillis()));
        return StreamEnd.of(store.run("Looking up channel " + name, Scripts.OPEN, List.of(store.key(name)), arguments));
    }

    /** Returns the entries after an id, oldest first. */
    List<StreamEntry> after(String id, int max) {
        return range("(" + id, "+", max);
    }

    boolean has(String id) {
        return !range(id, id, 1).isEmpty();
    }

    /**
     * Returns an event that is larger than the history.
     *
     * @param id the id of its entry, whose kind is {@link StreamEntry.Kind#LARGE}
     * @return the event, empty if Redis no longer has it
     */
    Optional<SseEvent> large(String id) {
        List<Object> raw = store.execute(
                "Reading channel " + name,
                (jedis, repeated) -> jedis.xrange(store.largeKey(name), bytes(id), bytes(id), 1));
        try {
            return raw.stream().findFirst().map(entry -> StreamEntry.event(id, (List<?>) ((List<?>) entry).get(1)));
        } catch (IllegalArgumentException invalid) {
            return Optional.empty(); // not written by flosse
        }
    }

    private List<StreamEntry> range(String from, String to, int max) {
        List<Object> raw = store.execute(
                "Reading channel " + name,
                (jedis, repeated) -> jedis.xrange(store.key(name), bytes(from), bytes(to), max));
        List<StreamEntry> entries = new ArrayList<>(raw.size());
        for (Object entry : raw) {
            entries.add(parse(entry));
        }
        return entries;
    }

    private StreamEntry parse(Object raw) {
        try {
            return StreamEntry.of(raw);
        } catch (IllegalArgumentException invalid) {
            StreamEntry foreign = StreamEntry.foreign(raw);
            if (warned.compareAndSet(false, true)) {
                String reason = String.valueOf(invalid.getMessage());
                LOGGER.log(
                        Level.WARNING,
                        "Channel " + name + " has an invalid entry " + foreign.id()
                                + " in Redis, which subscribers get as a gap: another program seems to write into it."
                                + " Further invalid entries of this channel are not logged. Reason: "
                                + LogSanitizer.of(reason.substring(0, Math.min(reason.length(), MAX_REASON))));
            }
            return foreign;
        }
    }
}
