package io.flosse.redis.internal.channel;

import io.flosse.redis.internal.connection.RedisStore;
import io.flosse.redis.internal.connection.Scripts;
import java.util.List;

/**
 * The end of a stream at the moment when it was looked up.
 *
 * @param id the id of the last entry
 * @param count the number of events in the channel so far
 * @param bytes the number of bytes of these events
 * @param ended whether the channel has ended
 * @param now the clock of Redis, in milliseconds since the epoch
 */
public record StreamEnd(String id, long count, long bytes, boolean ended, long now) {

    /** Parses the answer of {@link Scripts#OPEN}. */
    public static StreamEnd of(Object answer) {
        List<?> parts = (List<?>) answer;
        return new StreamEnd(
                RedisStore.text(parts.get(0)),
                Long.parseLong(RedisStore.text(parts.get(1))),
                Long.parseLong(RedisStore.text(parts.get(2))),
                ((Long) parts.get(3)) == 1,
                Long.parseLong(RedisStore.text(parts.get(4))));
    }
}
