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
 * A subscriber with conflation: it receives the latest event of each key. It has its own small buffer, since the log
 * cannot keep the latest event of each key for as long as a client may be stuck.
 */
final class ConflatingSubscriber extends Subscriber {

    private final Function<SseEvent, ?> key;
    private final ReentrantLock lock = new ReentrantLock();

    /** Written by the iterating thread, read by publishers. */
    private volatile long neededPosition;

    // Guarded by lock. In the order of the ids, so that a client's last event id covers all events before it.
    private final Map<Optional<?>, SseEvent> pending = new LinkedHashMap<>();
    private long dropped;
    private @Nullable Throwable failure;

    ConflatingSubscriber(Fanout fanout, SubscriberOptions options, StartPosition start, Function<SseEvent, ?> key) {
        super(fanout, options, start);
        this.key = key;
        this.neededPosition = start.backlog() == null ? Long.MAX_VALUE : start.position();
    }

    /**
     * Buffers an event, on the publisher's thread. An exception of user code ends this subscription, not the
     * publishing.
     */
    void offer(SseEvent event) {
        try {
            if (accepts(event)) {
                // The channel's own events, such as gaps, have no key and replace nothing.
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

    private void put(Optional<?> eventKey, SseEvent event) {
        lock.lock();
        try {
            if (pending.remove(eventKey) != null) {
                fanout.lost(Loss.CONFLATED, 1);
            }
            pending.put(eventKey, event);
            if (pending.size() > options.buffer()) {
                removeOldest();
                recordDropped(1);
            }
        } finally {
            lock.unlock();
        }
    }

    void recordDropped(long count) {
        lock.lock();
        try {
            dropped += count;
            fanout.lost(Loss.DROPPED, count);
        } finally {
            lock.unlock();
        }
    }

    /** Returns a position without effect once the subscriber has joined the log, since it has its own buffer. */
    @Override
    long position() {
        return neededPosition;
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
        neededPosition = Long.MAX_VALUE;
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
                return pending.isEmpty() ? null : removeOldest();
            }
        } finally {
            lock.unlock();
        }
        close();
        switch (failed) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default ->
                throw new IllegalStateException("The filter or the conflation key of the subscriber threw", failed);
        }
    }

    private SseEvent removeOldest() {
        Iterator<SseEvent> oldest = pending.values().iterator();
        SseEvent event = oldest.next();
        oldest.remove();
        return event;
    }
}
