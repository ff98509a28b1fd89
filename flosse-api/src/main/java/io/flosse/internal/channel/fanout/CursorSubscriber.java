package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.log.EventLog.Entry;
import org.jspecify.annotations.Nullable;

/** A subscriber that reads the channel's log: all it has of its own is its place there. */
final class CursorSubscriber extends Subscriber {

    /** Where the live events begin: what lies before it does not count against the buffer. Written under the fan-out's lock. */
    private volatile long joined;

    /** The next event to read. Written by the iterating thread, read by publishers. */
    private volatile long position;

    CursorSubscriber(Fanout fanout, SubscriberOptions options, StartPosition opening) {
        super(fanout, options, opening);
        position = opening.position();
        joined = fanout.tail();
    }

    @Override
    long position() {
        return position;
    }

    /** Whether publishers are to wait for it. */
    boolean isFull() {
        return !isClosed() && behind() >= options.buffer();
    }

    /** With {@link Overflow#BLOCK} the log waits for it. */
    private boolean isTooFarBehind() {
        return !blocks() && behind() > options.buffer();
    }

    private long behind() {
        return fanout.tail() - Math.max(position, joined);
    }

    @Override
    boolean hasPending() {
        return position < fanout.tail();
    }

    @Override
    boolean join(long at) {
        return fanout.join(this, at);
    }

    /** Under the fan-out's lock. */
    void joined(long at) {
        position = at;
        joined = Math.max(joined, at);
    }

    boolean blocks() {
        return options.overflow() == Overflow.BLOCK;
    }

    @Override
    @Nullable
    SseEvent poll() {
        while (hasPending() && !isClosed()) {
            long at = position;
            Entry entry = isTooFarBehind() ? null : fanout.log().read(at);
            if (entry == null) {
                SseEvent gap = fellBehind(at);
                if (gap != null) {
                    return gap;
                }
            } else {
                moveTo(at + 1);
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
            fanout.madeRoom();
        }
    }

    /** Skips what it can't have any more, and tells so; null if that has changed meanwhile. */
    private @Nullable SseEvent fellBehind(long at) {
        if (options.overflow() == Overflow.DISCONNECT) {
            fanout.lost(Loss.DISCONNECTED, 1);
            close();
            throw new SlowConsumerException(options.buffer());
        }
        long next = isTooFarBehind()
                ? fanout.tail() - options.buffer()
                : fanout.log().head();
        Entry entry = fanout.log().read(next);
        if (next <= at || entry == null) {
            return null;
        }
        moveTo(next);
        fanout.lost(Loss.DROPPED, next - at);
        return Gap.of(options.missed(next - at), entry.event().id());
    }
}
