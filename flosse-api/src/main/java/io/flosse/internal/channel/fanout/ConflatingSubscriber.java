package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Loss;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.wire.FramedEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that receives the latest event of each key. It has a store of its own, because the log does not keep the
 * latest event of each key for as long as a slow client may take.
 *
 * <p>The user's functions run under no lock. Publishers {@link #classify} an event before they append it, and
 * {@link #offer} it under the channel's lock, in the order of the log. Events that could not be classified before, such as
 * those of the history, are queued until the subscribing thread or the next publisher classifies them; later events wait
 * behind them.
 */
final class ConflatingSubscriber extends Subscriber {

    /** The decision of the user's functions on one event. */
    sealed interface Verdict {

        /** The event replaces the pending one of the same key. */
        record Keep(Optional<?> key) implements Verdict {}

        /** The filter rejects the event. */
        record Skip() implements Verdict {}

        /** A function threw, which ends the subscription. */
        record Failure(Throwable thrown) implements Verdict {}
    }

    private record Offer(SseEvent event, @Nullable Verdict verdict) {}

    private final Function<SseEvent, ?> key;
    private final ReentrantLock lock = new ReentrantLock();

    /** Written by the iterating thread, read by publishers. */
    private volatile long neededPosition;

    // Guarded by lock.

    /** In the order of the ids, so that a client's last event id covers every event that it has received. */
    private final Map<Optional<?>, SseEvent> pending = new LinkedHashMap<>();

    /** Events that are not pending yet, in the order of the log: some without a verdict, and all that came after them. */
    private final Deque<Offer> unclassified = new ArrayDeque<>();

    /** Whether a thread classifies those events. */
    private boolean classifying;

    /** Whether there are such events. Written under the lock. */
    private volatile boolean queued;

    /** How many of those events are allowed: the history when the subscriber joined, and a buffer. */
    private int maxUnclassified;

    private long dropped;
    private @Nullable Throwable failure;

    ConflatingSubscriber(Fanout fanout, SubscriberOptions options, StartPosition start, Function<SseEvent, ?> key) {
        super(fanout, options, start);
        this.key = key;
        this.neededPosition = start.position();
        this.maxUnclassified = options.buffer();
    }

    /**
     * Runs the user's functions on an event. Must not be called under a lock.
     *
     * @param event an event that a user published
     */
    Verdict classify(SseEvent event) {
        try {
            if (!passes(event)) {
                return new Verdict.Skip();
            }
            Optional<?> eventKey = Optional.ofNullable(key.apply(event));
            int unused = eventKey.hashCode(); // the user's code too
            return new Verdict.Keep(eventKey);
        } catch (Throwable e) {
            return new Verdict.Failure(e);
        }
    }

    /** Returns the verdict on an event of the channel itself, such as a gap: it has no key and replaces nothing. */
    static Verdict keepAlways(SseEvent event) {
        return new Verdict.Keep(Optional.of(event));
    }

    /** Queues events of the log. Called once, under the channel's lock, before any event is offered. */
    void takeOver(List<SseEvent> events, long missing) {
        lock.lock();
        try {
            events.forEach(event ->
                    unclassified.add(new Offer(event, event instanceof FramedEvent ? null : keepAlways(event))));
            maxUnclassified = events.size() + options.buffer();
            queued = !unclassified.isEmpty();
            if (missing > 0) {
                recordDropped(missing);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a published event. Called under the channel's lock, in the order of the log.
     *
     * @param verdict null if the event was not classified, because the subscriber joined meanwhile
     */
    void offer(SseEvent event, @Nullable Verdict verdict) {
        lock.lock();
        try {
            if (verdict != null && unclassified.isEmpty() && !classifying) {
                apply(event, verdict);
                return;
            }
            unclassified.add(new Offer(event, verdict));
            queued = true;
            if (unclassified.size() > maxUnclassified) {
                unclassified.remove();
                recordDropped(1);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Classifies the queued events, unless another thread does. Runs the user's functions, so under no lock. */
    void classifyQueued() {
        if (!queued) {
            return;
        }
        Offer next = nextQueued(true);
        while (next != null) {
            Verdict verdict = next.verdict() == null ? classify(next.event()) : next.verdict();
            lock.lock();
            try {
                apply(next.event(), verdict);
            } finally {
                lock.unlock();
            }
            next = nextQueued(false);
        }
    }

    /**
     * Returns the next queued event. Null if there is none; then no thread classifies any more.
     *
     * @param first whether the caller begins to classify: null too if another thread does
     */
    private @Nullable Offer nextQueued(boolean first) {
        lock.lock();
        try {
            if (first && classifying) {
                return null;
            }
            Offer next = failure == null && !isClosed() ? unclassified.poll() : null;
            classifying = next != null;
            if (next == null) {
                unclassified.clear();
                queued = false;
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Guarded by lock. An exception of the key's {@code equals} or {@code hashCode} ends this subscription alone. */
    private void apply(SseEvent event, Verdict verdict) {
        try {
            switch (verdict) {
                case Verdict.Keep keep -> put(keep.key(), event);
                case Verdict.Failure failed -> failure = failed.thrown();
                case Verdict.Skip skip -> {}
            }
        } catch (Throwable e) {
            failure = e;
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
        dropped += count;
        fanout.lost(Loss.DROPPED, count);
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
            return failure != null || dropped > 0 || !pending.isEmpty() || (!unclassified.isEmpty() && !classifying);
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean isClassifying() {
        lock.lock();
        try {
            return classifying;
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
        classifyQueued();
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
