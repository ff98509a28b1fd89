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
}
