package io.flosse.internal.channel.memory;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.Retention;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.Fanout;
import io.flosse.internal.channel.fanout.Gap;
import io.flosse.internal.channel.fanout.StartPosition;
import io.flosse.internal.channel.fanout.Subscriber;
import io.flosse.internal.channel.log.EventLog;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A channel in memory: a fan-out whose log is all the history there is. An event's id is its position behind an epoch
 * drawn at random, so that an id from another life of the channel is known as such.
 */
final class MemoryChannel {

    private static final int RADIX = 36;
    private static final long EPOCHS = 1L << 50;

    private final String epoch = Long.toString(ThreadLocalRandom.current().nextLong(EPOCHS), RADIX) + "-";
    private final Fanout fanout;

    MemoryChannel(Retention limits) {
        fanout = new Fanout(limits);
    }

    Fanout fanout() {
        return fanout;
    }

    /** The id that the event got; null if this life of the channel is over. */
    @Nullable
    String publish(Payload payload) {
        long position = fanout.append(framing(payload));
        return position == 0 ? null : epoch + position;
    }

    boolean end(Optional<Payload> last) {
        return fanout.end(last.map(this::framing).orElse(null));
    }

    private LongFunction<SseEvent> framing(Payload payload) {
        return position -> payload.framed(epoch + position);
    }

    Optional<Subscriber> subscribe(SubscriberOptions options, Optional<String> lastEventId) {
        return fanout.subscribe(options, log -> opening(options, lastEventId));
    }

    private StartPosition opening(SubscriberOptions options, Optional<String> lastEventId) {
        long oldest = fanout.oldest();
        if (lastEventId.isEmpty()) {
            return new StartPosition(options.history() ? oldest : fanout.tail(), null, null);
        }
        long last = position(lastEventId.get());
        if (last < EventLog.FIRST || last >= fanout.tail()) {
            fanout.lost(Loss.UNKNOWN_ID, 1);
            return new StartPosition(oldest, Gap.of(Optional.empty(), fanout.id(oldest)), null);
        }
        return fanout.after(options, last);
    }

    /** The position that an id stands for, 0 if it is none of this life's. */
    private long position(String id) {
        if (!id.startsWith(epoch)) {
            return 0;
        }
        try {
            long position = Long.parseLong(id, epoch.length(), id.length(), 10);
            return id.equals(epoch + position) ? position : 0;
        } catch (NumberFormatException none) {
            return 0;
        }
    }
}
