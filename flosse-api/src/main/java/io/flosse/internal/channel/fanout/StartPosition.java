package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a subscription begins.
 *
 * @param position the position in the fan-out's log; with a backlog, the first at which it may join
 * @param gap what it is told first, null if it missed nothing
 * @param backlog what it reads before it joins the log, from where the log does not reach; null if there is none
 */
public record StartPosition(
        long position, @Nullable SseEvent gap, @Nullable Backlog backlog) {

    /** What a store holds from before this process's log begins. Read by one thread, the subscriber's; may block. */
    public interface Backlog {

        /**
         * The next event.
         *
         * @param closed whether nobody waits for it any more; asked now and then while the store is slow or away
         * @return the event, null once the log has all that follows (it holds no more than the subscriber's buffer for it),
         *     or nobody waits
         */
        @Nullable
        SseEvent next(BooleanSupplier closed);

        /**
         * Where in the log to carry on, asked after {@link #next} gave null. If the log has let go of that meanwhile,
         * {@link #next} is asked again, and has more to give.
         *
         * @return the position of the first event after those that were given
         */
        long position();
    }
}
