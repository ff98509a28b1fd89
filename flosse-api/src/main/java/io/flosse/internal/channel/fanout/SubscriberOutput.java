package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The destination of a subscriber's events, used by workers while the subscriber's own thread sleeps. */
@FunctionalInterface
public interface SubscriberOutput {

    /**
     * Writes the available events, as many as fit into one write, unless another thread is writing or waiting to write.
     *
     * @param events returns the next event, null once there is none; throws if the subscription ends
     * @return false if another thread is writing or waiting to write; no event was requested then
     * @throws RuntimeException the exception of {@code events}, or that the stream has ended
     */
    boolean write(Supplier<@Nullable SseEvent> events);

    /**
     * Reads the memory that a write needs, without changing anything. Calling it for several outputs before writing to
     * them overlaps their cache misses.
     *
     * @return a meaningless number, so that the reads are not optimized away
     */
    default int prefetch() {
        return 0;
    }
}
