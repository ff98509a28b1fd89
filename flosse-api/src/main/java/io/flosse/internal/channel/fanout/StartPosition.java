package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The point where a subscription begins.
 *
 * @param position the position in the fan-out's log; with a backlog, the first position where the subscriber may join
 * @param gap the gap to deliver first, null if no event was missed
 * @param backlog the older events, which the log does not hold, to read before joining the log; null if there are none
 */
public record StartPosition(
        long position, @Nullable SseEvent gap, @Nullable Backlog backlog) {

    /**
     * A reader of the store's events from before this process's log. Only the subscriber's thread uses it; it may
     * block.
     */
    public interface Backlog {

        /**
         * Returns the next event.
         *
         * @param closed returns whether the subscription was closed; called at intervals while the store is slow or
         *     unreachable
         * @return the event; null once the log holds all following events (it keeps at most the subscriber's buffer for
         *     it), or if the subscription was closed
         */
        @Nullable
        SseEvent next(BooleanSupplier closed);

        /**
         * Returns the position in the log where to continue. Called after {@link #next} returned null. If the log has
         * removed that position meanwhile, {@link #next} is called again and returns further events.
         *
         * @return the position of the first event after those returned
         */
        long position();
    }
}
