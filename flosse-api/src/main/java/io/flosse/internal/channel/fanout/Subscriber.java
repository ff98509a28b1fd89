package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Subscription;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.StreamWaits;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.wire.FramedEvent;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A subscription that waits for events on the iterating thread. Its subclasses provide the events. */
public abstract class Subscriber implements Subscription {

    final Fanout fanout;
    final SubscriberOptions options;

    /** The tail of the log when this subscription began. */
    final long subscribedAt;

    private final Runnable closeAction = this::close;
    private final Runnable wakeAction = this::wake;
    private @Nullable StreamScope scope;
    private StreamWaits waits = StreamWaits.NONE;

    // Used by the iterating thread only.
    /** Created with the first refused call. */
    private @Nullable RefusedCalls refusedCalls;

    private @Nullable SseEvent nextEvent;
    private @Nullable SseEvent gap;
    private StartPosition.@Nullable Backlog backlog;

    private volatile @Nullable Thread thread;
    private volatile @Nullable DelegatedDelivery delivery;
    private volatile boolean closed;

    Subscriber(Fanout fanout, SubscriberOptions options, StartPosition start) {
        this.fanout = fanout;
        this.options = options;
        this.subscribedAt = fanout.tail();
        this.gap = start.gap();
        this.backlog = start.backlog();
    }

    /** Returns the first position that the log must hold for this subscriber. */
    abstract long position();

    /** Returns the next available event, null if there is none yet. */
    abstract @Nullable SseEvent poll();

    /** Returns whether {@link #poll} would return an event. */
    abstract boolean hasPending();

    /** Continues in the log. Returns false if the log no longer holds the position. */
    abstract boolean join(long position);

    @Override
    public final Iterator<SseEvent> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return peek() != null;
            }

            @Override
            public SseEvent next() {
                SseEvent next = peek();
                nextEvent = null;
                if (next == null) {
                    throw new NoSuchElementException("The channel has ended, or the subscription was closed");
                }
                return next;
            }
        };
    }

    /**
     * Lets worker threads write events to an output while the iterating thread waits. The iterator then returns only
     * the events that the workers could not write. Call it before the first wait.
     *
     * @param output the destination of the events
     */
    public final void deliverTo(SubscriberOutput output) {
        // A filter is user code. It may be slow, so it runs only on the subscriber's own thread.
        if (options.filter().isEmpty()) {
            DelegatedDelivery newDelivery = new DelegatedDelivery(this, output);
            delivery = newDelivery;
            fanout.workers().add(newDelivery);
            if (closed) {
                fanout.workers().remove(newDelivery);
            }
        }
    }

    private @Nullable SseEvent peek() {
        if (nextEvent == null) {
            nextEvent = awaitNext();
        }
        return nextEvent;
    }

    /**
     * Waits for the next event and counts refused calls. Exceptions end the generator, which has one count for all its
     * calls. The end of the events ends only this loop.
     */
    private @Nullable SseEvent awaitNext() {
        SseEvent event;
        try {
            event = await();
        } catch (StreamEndedException e) {
            (scope == null ? refusedCalls() : scope.refused()).refused();
            throw e;
        }
        if (event == null) {
            refusedCalls().refused();
        } else if (refusedCalls != null) {
            refusedCalls.accepted();
        }
        return event;
    }

    private RefusedCalls refusedCalls() {
        if (refusedCalls == null) {
            refusedCalls = scope == null
                    ? new RefusedCalls(Subscriber::describeCurrentThread, fanout.warnings())
                    : scope.refused().ofSameCaller();
        }
        return refusedCalls;
    }

    private static String describeCurrentThread() {
        Thread current = Thread.currentThread();
        return LogSanitizer.of("The subscriber's thread #" + current.threadId() + " " + current.getName());
    }

    private @Nullable SseEvent await() {
        while (!closed) {
            requireLive();
            boolean ended = fanout.isEnded(); // read before pollNext(), which then sees all events before the end
            SseEvent event = pollNext();
            if (event != null) {
                return event;
            }
            if (ended && isClassifying()) {
                LockSupport.parkNanos(this, 1_000_000); // another thread runs a function of the user's
            } else if (ended) {
                close();
            } else {
                park();
            }
        }
        return null;
    }

    private void requireLive() {
        if (Thread.currentThread().isInterrupted()) {
            throw new StreamEndedException("The subscriber's thread was interrupted", null);
        }
        waits.requireLive();
        if (fanout.isClosed()) {
            close();
            throw Fanout.closedException();
        }
    }

    private @Nullable SseEvent pollNext() {
        SseEvent firstGap = gap;
        if (firstGap != null) {
            gap = null;
            return firstGap;
        }
        StartPosition.Backlog currentBacklog = backlog;
        while (currentBacklog != null) {
            SseEvent event = currentBacklog.next(this::mustStop);
            if (event == null) {
                if (mustStop() || join(currentBacklog.position())) {
                    backlog = null;
                    break;
                }
            } else if (accepts(event)) {
                return event;
            }
        }
        return poll();
    }

    /**
     * Applies the filter. Events without a frame, such as gaps, come from the channel itself and are never filtered.
     */
    final boolean accepts(SseEvent event) {
        return !(event instanceof FramedEvent) || passes(event);
    }

    /** Returns whether the filter lets a published event pass. Runs the user's code, so not under a lock. */
    final boolean passes(SseEvent event) {
        return options.filter().isEmpty() || options.filter().get().test(event);
    }

    /** Returns whether another thread is about to add events. */
    boolean isClassifying() {
        return false;
    }

    /** Returns the next event for a worker, null if the subscriber's own thread has to handle an end. */
    final @Nullable SseEvent pollWhileOpen() {
        return isEnding() ? null : poll();
    }

    private void park() {
        DelegatedDelivery currentDelivery = delivery;
        if (currentDelivery != null) {
            currentDelivery.await();
            return;
        }
        thread = Thread.currentThread();
        fanout.addWaiting(this);
        try {
            if (!needsThread() && !hasPending()) {
                LockSupport.park(this);
            }
        } finally {
            fanout.removeWaiting(this);
        }
    }

    final void unpark() {
        LockSupport.unpark(thread);
    }

    /** Returns whether the subscriber's own thread has to handle an end of the channel, after the events before it. */
    final boolean isEnding() {
        return isTerminated() || fanout.isEnded();
    }

    /** Returns whether the subscriber's own thread has to handle an end: of the channel or of its stream. */
    final boolean needsThread() {
        return isEnding() || waits.hasEnded();
    }

    private boolean isTerminated() {
        return closed || fanout.isClosed();
    }

    /** Returns whether the subscriber's thread must not wait for the store any longer. */
    private boolean mustStop() {
        return isTerminated() || waits.hasEnded();
    }

    final boolean isClosed() {
        return closed;
    }

    /** On a generator's thread, registers this subscription to be closed with the generator's stream. */
    final void joinScope() {
        scope = StreamScope.current().orElse(null);
        if (scope != null) {
            scope.add(closeAction);
            waits = scope.waits();
            waits.add(wakeAction);
        }
    }

    /**
     * Returns whether the stream of this subscriber has ended, although its generator may still run. Never true where
     * the end interrupts the generator, which then closes this subscriber.
     */
    final boolean hasStreamEnded() {
        return waits.hasEnded();
    }

    /** Wakes the subscriber's thread if it waits for an event, and publishers that wait for this subscriber. */
    private void wake() {
        fanout.wake(this);
        fanout.signalCapacity();
        DelegatedDelivery currentDelivery = delivery;
        if (currentDelivery != null) {
            currentDelivery.wake();
        }
    }

    @Override
    public final void close() {
        closed = true;
        fanout.leave(this, options.buffer());
        DelegatedDelivery currentDelivery = delivery;
        if (currentDelivery != null) {
            fanout.workers().remove(currentDelivery);
        }
        wake();
        waits.remove(wakeAction);
        StreamScope joinedScope = scope;
        if (joinedScope != null) {
            joinedScope.remove(closeAction);
        }
    }
}
