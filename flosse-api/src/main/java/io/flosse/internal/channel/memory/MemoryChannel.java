package io.flosse.internal.channel.memory;

import io.flosse.SseEvent;
import io.flosse.internal.channel.backend.HistoryBudget;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.Fanout;
import io.flosse.internal.channel.fanout.StartPosition;
import io.flosse.internal.channel.fanout.Subscriber;
import io.flosse.internal.channel.log.EventLog;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A channel in memory: a fan-out whose log is the complete history. The id of an event is a random epoch followed by
 * its position, so that ids of an earlier incarnation of the channel are recognized.
 */
final class MemoryChannel {

    private static final int EPOCH_RADIX = 36;
    private static final long EPOCH_BOUND = 1L << 50;

    private final String epoch = Long.toString(ThreadLocalRandom.current().nextLong(EPOCH_BOUND), EPOCH_RADIX) + "-";
    private final Fanout fanout;

    /**
     * Creates a channel without events.
     *
     * @param budget the memory that all histories share
     * @param whenUnused called after the last subscriber has left; another one may have come meanwhile
     */
    MemoryChannel(Retention retention, HistoryBudget budget, Consumer<MemoryChannel> whenUnused) {
        fanout = new Fanout(retention, budget, () -> whenUnused.accept(this));
    }

    Fanout fanout() {
        return fanout;
    }

    /** Returns the id of the published event, null if this channel was retired. */
    @Nullable
    String publish(Payload payload) {
        long position = fanout.append(payload.event(), framer(payload));
        return position == 0 ? null : epoch + position;
    }

    boolean end(Optional<Payload> last) {
        return fanout.end(
                last.map(Payload::event).orElse(null), last.map(this::framer).orElse(null));
    }

    /** Returns the bytes of an event's frame, with an id of typical length. */
    static long bytes(Payload payload) {
        return payload.framed("0000000000-1").length();
    }

    private LongFunction<SseEvent> framer(Payload payload) {
        return position -> payload.framed(epoch + position);
    }

    Optional<Subscriber> subscribe(SubscriberOptions options, Optional<String> lastEventId) {
        return fanout.subscribe(options, log -> startPosition(options, lastEventId));
    }

    private StartPosition startPosition(SubscriberOptions options, Optional<String> lastEventId) {
        long oldest = fanout.oldest();
        if (lastEventId.isEmpty()) {
            return new StartPosition(options.history() ? oldest : fanout.tail(), null, null);
        }
        long last = position(lastEventId.get());
        if (last < EventLog.FIRST || last >= fanout.tail()) {
            return fanout.afterUnknown();
        }
        return fanout.after(options, last);
    }

    /** Returns the position of an id, 0 if the id does not belong to this incarnation. */
    private long position(String id) {
        if (!id.startsWith(epoch)) {
            return 0;
        }
        try {
            long position = Long.parseLong(id, epoch.length(), id.length(), 10);
            return id.equals(epoch + position) ? position : 0;
        } catch (NumberFormatException invalid) {
            return 0;
        }
    }
}
