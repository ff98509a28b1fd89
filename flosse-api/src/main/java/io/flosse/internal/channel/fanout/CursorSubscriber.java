package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.log.EventLog.Entry;
import org.jspecify.annotations.Nullable;

/** A subscriber that reads the channel's log. Its only state is its position in the log. */
final class CursorSubscriber extends Subscriber {

    /** The first live event. Earlier events do not count against the buffer. Written under the fan-out's lock. */
    private volatile long liveStart;

    /** The next event to read. Written by the iterating thread, read by publishers. */
    private volatile long position;

    CursorSubscriber(Fanout fanout, SubscriberOptions options, StartPosition start) {
        super(fanout, options, start);
        position = start.position();
        liveStart = subscribedAt;
    }

    @Override
    long position() {
        return position;
    }

    /** Returns whether publishers have to wait for this subscriber. */
    boolean isFull() {
        return !isClosed() && !hasStreamEnded() && lag() >= options.buffer();
    }

    /** Returns false with {@link Overflow#BLOCK}, since the log keeps all events for such a subscriber. */
    private boolean exceedsBuffer() {
        return !blocks() && lag() > options.buffer();
    }

    private long lag() {
        return fanout.tail() - Math.max(position, liveStart);
    }

    @Override
    boolean hasPending() {
        return position < fanout.tail();
    }

    @Override
    boolean join(long joinPosition) {
        return fanout.join(this, joinPosition);
    }

    /** Sets the first position to read. Called under the fan-out's lock. */
    void joined(long joinPosition) {
        position = joinPosition;
        liveStart = Math.max(liveStart, joinPosition);
    }

    boolean blocks() {
        return options.overflow() == Overflow.BLOCK;
    }

    @Override
    @Nullable
    SseEvent poll() {
        while (hasPending() && !isClosed()) {
            long current = position;
            Entry entry = exceedsBuffer() ? null : fanout.log().read(current);
            if (entry == null) {
                SseEvent gap = applyOverflowPolicy(current);
                if (gap != null) {
                    return gap;
                }
            } else if (entry.isOmittedFor(subscribedAt)) {
                long next = fanout.log().skipOmitted(current, subscribedAt);
                moveTo(next);
                return fanout.omitted(options, current, next);
            } else {
                moveTo(current + 1);
                if (accepts(entry.event())) {
                    return entry.event();
                }
            }
        }
        return null;
    }

    private void moveTo(long next) {
        position = next;
        if (blocks()) {
            fanout.signalCapacity();
        }
    }

    /**
     * Applies the overflow policy: ends the subscription, or skips the lost events and returns a gap. Returns null if
     * the events are available again, or none are left to skip.
     */
    private @Nullable SseEvent applyOverflowPolicy(long current) {
        if (options.overflow() == Overflow.DISCONNECT) {
            fanout.lost(Loss.DISCONNECTED, 1);
            close();
            throw new SlowConsumerException(options.buffer());
        }
        long next = exceedsBuffer()
                ? fanout.tail() - options.buffer()
                : fanout.log().head();
        Entry entry = fanout.log().read(next);
        if (next <= current || entry == null) {
            return null;
        }
        moveTo(next);
        fanout.lost(Loss.DROPPED, next - current);
        return Gap.of(options.missed(next - current), entry.event().id());
    }
}
