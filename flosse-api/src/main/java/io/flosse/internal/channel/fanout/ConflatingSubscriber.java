package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.wire.FramedEvent;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that wants the latest of each kind. It has a small store of its own, since the log does not keep the
 * latest of each key for as long as a stuck client may take.
 */
final class ConflatingSubscriber extends Subscriber {

    private final Function<SseEvent, ?> key;
    private final ReentrantLock lock = new ReentrantLock();

    /** Written by the iterating thread, read by publishers. */
    private volatile long needed;

    // Guarded by lock. In the order of the ids, so that a client's last event id covers all that it has had.
    private final Map<Optional<?>, SseEvent> pending = new LinkedHashMap<>();
    private long dropped;
    private @Nullable Throwable failure;

    ConflatingSubscriber(Fanout fanout, SubscriberOptions options, StartPosition opening, Function<SseEvent, ?> key) {
        super(fanout, options, opening);
        this.key = key;
        this.needed = opening.backlog() == null ? Long.MAX_VALUE : opening.position();
    }

    /** On the publisher's thread. What the user's functions throw ends this subscription, not the publishing. */
    void offer(SseEvent event) {
        try {
            if (accepts(event)) {
                // What is told by the channel itself has no key and replaces nothing.
                put(event instanceof FramedEvent ? Optional.ofNullable(key.apply(event)) : Optional.of(event), event);
            }
        } catch (Throwable e) {
            lock.lock();
            try {
                failure = e;
            } finally {
                lock.unlock();
            }
        }
    }

    private void put(Optional<?> of, SseEvent event) {
        lock.lock();
        try {
            if (pending.remove(of) != null) {
                fanout.lost(Loss.CONFLATED, 1);
            }
            pending.put(of, event);
            if (pending.size() > options.buffer()) {
                take();
                dropped(1);
            }
        } finally {
            lock.unlock();
        }
    }

    void dropped(long count) {
        lock.lock();
        try {
            dropped += count;
            fanout.lost(Loss.DROPPED, count);
        } finally {
            lock.unlock();
        }
    }

    /** None, once it has joined: it has its own. */
    @Override
    long position() {
        return needed;
    }

    @Override
    boolean hasPending() {
        lock.lock();
        try {
            return failure != null || dropped > 0 || !pending.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean join(long position) {
        fanout.join(this, position);
        needed = Long.MAX_VALUE;
        return true;
    }

    @Override
    @Nullable
    SseEvent poll() {
        Throwable failed;
        lock.lock();
        try {
            failed = failure;
            if (dropped > 0) {
                Optional<String> oldest = pending.values().stream().findFirst().flatMap(SseEvent::id);
                SseEvent gap = Gap.of(Optional.of(dropped), oldest);
                dropped = 0;
                return gap;
            }
            if (!pending.isEmpty() || failed == null) {
                return pending.isEmpty() ? null : take();
            }
        } finally {
            lock.unlock();
        }
        close();
        switch (failed) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("A function of the subscriber's threw", failed);
        }
    }

    private SseEvent take() {
        Iterator<SseEvent> oldest = pending.values().iterator();
        SseEvent event = oldest.next();
        oldest.remove();
        return event;
    }
}
