package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a subscriber's events go, for those who bring them there while its own thread sleeps. */
@FunctionalInterface
public interface SubscriberOutput {

    /**
     * Writes what is there, as much as goes in one write, unless another thread is writing or waits to.
     *
     * @param events the next event each time, null once there is none; throws what ends the subscription
     * @return false if another thread is writing or waits to, so that nothing was asked for
     * @throws RuntimeException what the events threw, or that the stream has ended
     */
    boolean write(Supplier<@Nullable SseEvent> events);

    /**
     * Reads what a write is going to need, and changes nothing: who does that for several outlets before it writes to them
     * waits for the memory of all at once.
     *
     * @return a number that says nothing
     */
    default int touch() {
        return 0;
    }
}
