package io.flosse.internal.channel.fanout;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.Subscription;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.wire.FramedEvent;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A subscription: waits for events on the thread that iterates. Where the events come from is its subclasses'. */
public abstract class Subscriber implements Subscription {

    final Fanout fanout;
    final SubscriberOptions options;

    private final Runnable closing = this::close;
    private @Nullable StreamScope scope;

    // Of the iterating thread.
    /** Made with the first refusal. */
    private @Nullable RefusedCalls refused;

    private @Nullable SseEvent upcoming;
    private @Nullable SseEvent gap;
    private StartPosition.@Nullable Backlog backlog;

    private volatile @Nullable Thread thread;
    private volatile @Nullable DelegatedDelivery delivery;
    private volatile boolean closed;

    Subscriber(Fanout fanout, SubscriberOptions options, StartPosition opening) {
        this.fanout = fanout;
        this.options = options;
        this.gap = opening.gap();
        this.backlog = opening.backlog();
    }

    /** The first position that the log must hold for it. */
    abstract long position();

    /** The next event that is there, null if there is none yet. */
    abstract @Nullable SseEvent poll();

    /** Whether {@link #poll} would find something. */
    abstract boolean hasPending();

    /** Reads on in the log; false if that has let go of the position meanwhile. */
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
                upcoming = null;
                if (next == null) {
                    throw new NoSuchElementException("The channel has ended, or the subscription was closed");
                }
                return next;
            }
        };
    }

    /**
     * While the thread that iterates waits for events, from now on others may write them for it: it sees those only that
     * they could not. Called before the first wait.
     *
     * @param output where they go
     */
    public final void deliverTo(SubscriberOutput output) {
        // A filter is the user's code, which may take its time and is nobody else's.
        if (options.filter().isEmpty()) {
            DelegatedDelivery mine = new DelegatedDelivery(this, output);
            delivery = mine;
            fanout.workers().add(mine);
            if (closed) {
                fanout.workers().remove(mine);
            }
        }
    }

    private @Nullable SseEvent peek() {
        if (upcoming == null) {
            upcoming = awaitOrRefuse();
        }
        return upcoming;
    }

    /** What is thrown ends the generator, of which there is one count; that there is no more event ends this loop only. */
    private @Nullable SseEvent awaitOrRefuse() {
        SseEvent event;
        try {
            event = await();
        } catch (StreamEndedException e) {
            (scope == null ? refused() : scope.refused()).refused();
            throw e;
        }
        if (event == null) {
            refused().refused();
        } else if (refused != null) {
            refused.accepted();
        }
        return event;
    }

    private RefusedCalls refused() {
        if (refused == null) {
            refused = scope == null
                    ? new RefusedCalls(Subscriber::currentThread, fanout.warnings())
                    : scope.refused().ofSameCaller();
        }
        return refused;
    }

    private static String currentThread() {
        Thread current = Thread.currentThread();
        return LogSanitizer.of("The subscriber's thread #" + current.threadId() + " " + current.getName());
    }

    private @Nullable SseEvent await() {
        while (!closed) {
            requireLive();
            boolean last = fanout.isEnded(); // asked before: what came before the end is there then
            SseEvent event = first();
            if (event != null) {
                return event;
            }
            if (last) {
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
        if (fanout.isClosed()) {
            close();
            throw Fanout.closedException();
        }
    }

    private @Nullable SseEvent first() {
        SseEvent told = gap;
        if (told != null) {
            gap = null;
            return told;
        }
        StartPosition.Backlog before = backlog;
        while (before != null) {
            SseEvent event = before.next(this::isCut);
            if (event == null) {
                if (isCut() || join(before.position())) {
                    backlog = null;
                    break;
                }
            } else if (accepts(event)) {
                return event;
            }
        }
        return poll();
    }

    /** What is not framed is told by the channel itself, as a gap is: nobody can filter it out. */
    final boolean accepts(SseEvent event) {
        return !(event instanceof FramedEvent) || passes(event);
    }

    /** Returns whether the filter lets a published event pass. Runs the user's code, so not under a lock. */
    final boolean passes(SseEvent event) {
        return options.filter().isEmpty() || options.filter().get().test(event);
    }

    /** For a courier: the next event that its own thread need not see. */
    final @Nullable SseEvent pollOpen() {
        return isOver() ? null : poll();
    }

    private void park() {
        DelegatedDelivery delivered = delivery;
        if (delivered != null) {
            delivered.await();
            return;
        }
        thread = Thread.currentThread();
        fanout.waits(this);
        try {
            if (!isOver() && !hasPending()) {
                LockSupport.park(this);
            }
        } finally {
            fanout.waitsNoMore(this);
        }
    }

    final void unpark() {
        LockSupport.unpark(thread);
    }

    /** Whether its own thread has an end to see to, after the events that came before. */
    final boolean isOver() {
        return isCut() || fanout.isEnded();
    }

    private boolean isCut() {
        return closed || fanout.isClosed();
    }

    final boolean isClosed() {
        return closed;
    }

    /** On a generator's thread: is closed with the generator's stream. */
    final void joinScope() {
        scope = StreamScope.current().orElse(null);
        if (scope != null) {
            scope.add(closing);
        }
    }

    @Override
    public final void close() {
        closed = true;
        fanout.leave(this, options.buffer());
        fanout.wake(this);
        DelegatedDelivery delivered = delivery;
        if (delivered != null) {
            fanout.workers().remove(delivered);
            delivered.wake();
        }
        StreamScope joined = scope;
        if (joined != null) {
            joined.remove(closing);
        }
    }
}
