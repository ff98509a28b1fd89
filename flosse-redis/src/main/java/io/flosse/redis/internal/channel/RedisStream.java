package io.flosse.redis.internal.channel;

import static io.flosse.redis.internal.connection.RedisStore.bytes;

import io.flosse.redis.internal.connection.RedisStore;
import io.flosse.redis.internal.connection.Scripts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The Redis stream of one channel. Every method throws {@link io.flosse.channel.ChannelUnavailableException} if Redis
 * does not answer in time.
 */
final class RedisStream {

    private final String name;
    private final RedisStore store;

    RedisStream(String name, RedisStore store) {
        this.name = name;
        this.store = store;
    }

    /**
     * Returns the end of the stream. Creates the stream if it does not exist.
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

    private List<StreamEntry> range(String from, String to, int max) {
        List<Object> raw = store.execute(
                "Reading channel " + name,
                (jedis, repeated) -> jedis.xrange(store.key(name), bytes(from), bytes(to), max));
        List<StreamEntry> entries = new ArrayList<>(raw.size());
        for (Object entry : raw) {
            entries.add(StreamEntry.of(entry));
        }
        return entries;
    }
}
