package io.flosse.redis.internal.channel;

import io.flosse.redis.internal.connection.RedisStore;
import io.flosse.redis.internal.connection.Scripts;
import java.util.List;

/**
 * The end of a stream, as it was once.
 *
 * @param id the id of its last entry
 * @param count how many events there have been
 * @param bytes how many bytes these had
 * @param ended whether the channel has ended
 * @param now Redis's time, in milliseconds since the epoch
 */
public record StreamEnd(String id, long count, long bytes, boolean ended, long now) {

    /** From the answer of {@link Scripts#OPEN}. */
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
