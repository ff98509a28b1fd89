package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.wire.FramedEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that receives the latest event of each key. It has a store of its own, because the log does not keep the latest
 * event of each key for as long as a slow client may take.
 *
 * <p>The user's functions run on the publisher's thread, before the event is appended and under no lock: {@link #classify}. What
 * they return is applied under the channel's lock, in the order of the log: {@link #offer}.
 */
final class ConflatingSubscriber extends Subscriber {

    /** What the user's functions say of one event. */
    sealed interface Verdict {

        /** The event replaces the pending one of the same key. */
        record Keep(Optional<?> key) implements Verdict {}

        /** The filter rejects the event. */
        record Skip() implements Verdict {}

        /** A function threw, which ends the subscription. */
        record Failure(Throwable thrown) implements Verdict {}
    }

    private record Offer(SseEvent event, Verdict verdict) {}

    private final Function<SseEvent, ?> key;
    private final ReentrantLock lock = new ReentrantLock();

    /** Written by the iterating thread, read by publishers. */
    private volatile long neededPosition;

    // Guarded by lock.

    /** In the order of the ids, so that a client's last event id covers every event that it has received. */
    private final Map<Optional<?>, SseEvent> pending = new LinkedHashMap<>();

    /** Events that were published while this subscriber still takes over older ones; null before and after. */
    private @Nullable List<Offer> early;

    private long dropped;
    private @Nullable Throwable failure;

    ConflatingSubscriber(Fanout fanout, SubscriberOptions options, StartPosition start, Function<SseEvent, ?> key) {
        super(fanout, options, start);
        this.key = key;
        this.neededPosition = start.position();
    }

    /**
     * Runs the user's functions on an event. Must not be called under a lock.
     *
     * @param event an event that a user published
     */
    Verdict classify(SseEvent event) {
        try {
            return passes(event) ? new Verdict.Keep(Optional.ofNullable(key.apply(event))) : new Verdict.Skip();
        } catch (Throwable e) {
            return new Verdict.Failure(e);
        }
    }

    /** The verdict on an event that the channel itself made, such as a gap: it has no key and replaces nothing. */
    static Verdict keepAlways(SseEvent event) {
        return new Verdict.Keep(Optional.of(event));
    }

    /** From now on {@link #offer} keeps events back until {@link #takeOver} is done. */
    void startTakeover() {
        lock.lock();
        try {
            early = new ArrayList<>();
        } finally {
            lock.unlock();
        }
    }

    /** Takes over events of the log that are older than those offered. Runs the user's functions, so under no lock. */
    void takeOver(long position, long end) {
        for (long at = position; at < end && !isClosed(); at++) {
            SseEvent event = fanout.event(at);
            if (event == null) {
                recordDropped(1);
            } else {
                apply(event, event instanceof FramedEvent ? classify(event) : keepAlways(event));
            }
        }
        lock.lock();
        try {
            List<Offer> waiting = early;
            early = null;
            if (waiting != null) {
                waiting.forEach(offer -> apply(offer.event(), offer.verdict()));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds a published event. Called under the channel's lock, in the order of the log. */
    void offer(SseEvent event, Verdict verdict) {
        lock.lock();
        try {
            if (early == null) {
                apply(event, verdict);
            } else {
                early.add(new Offer(event, verdict));
            }
        } finally {
            lock.unlock();
        }
    }

    private void apply(SseEvent event, Verdict verdict) {
        lock.lock();
        try {
            switch (verdict) {
                case Verdict.Keep keep -> put(keep.key(), event);
                case Verdict.Failure failed -> failure = failed.thrown();
                case Verdict.Skip skip -> {}
            }
        } finally {
            lock.unlock();
        }
    }

    private void put(Optional<?> eventKey, SseEvent event) {
        if (pending.remove(eventKey) != null) {
            fanout.lost(Loss.CONFLATED, 1);
        }
        pending.put(eventKey, event);
        if (pending.size() > options.buffer()) {
            removeOldest();
            recordDropped(1);
        }
    }

    private void recordDropped(long count) {
        lock.lock();
        try {
            dropped += count;
            fanout.lost(Loss.DROPPED, count);
        } finally {
            lock.unlock();
        }
    }

    /** None after it has joined the log, because it has a store of its own. */
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
        long end = fanout.join(this);
        takeOver(position, end);
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
                throw new IllegalStateException("The filter or the conflation key of a subscription threw", failed);
        }
    }

    private SseEvent removeOldest() {
        Iterator<SseEvent> oldest = pending.values().iterator();
        SseEvent event = oldest.next();
        oldest.remove();
        return event;
    }
}
