package io.flosse.internal.channel.fanout;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The events of one subscriber on their way to its outlet, and whose turn it is to bring them: that of the subscriber's own
 * thread, or while that waits, a courier's. So one thread at a time reads the subscriber, and most events wake no thread.
 */
final class DelegatedDelivery {

    private enum Turn {
        /** Its own thread is at it. */
        OWN,
        /** Its own thread waits. */
        WAITING,
        /** A courier is at it; its own thread waits for the courier or for events. */
        CARRIED,
        /** A courier is at it, and its own thread wants it back. */
        RECALLED
    }

    private final Subscriber subscriber;
    private final SubscriberOutput output;
    private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.OWN);

    /** Until when its own thread is to do it, in {@link System#nanoTime()}; 0 if it need not. */
    private volatile long ownUntil;

    private volatile @Nullable Thread own;

    /** Who writes for it. Guarded by this. */
    private @Nullable Thread worker;

    /** What a courier met, for the subscriber's own thread. Written before it is given back. */
    private @Nullable Throwable failure;

    DelegatedDelivery(Subscriber subscriber, SubscriberOutput output) {
        this.subscriber = subscriber;
        this.output = output;
    }

    /** On the subscriber's own thread: waits until there is something to do that is no courier's. */
    void await() {
        own = Thread.currentThread();
        boolean interrupted = false;
        turn.set(Turn.WAITING);
        while (true) {
            boolean wanted = interrupted || subscriber.isOver() || subscriber.hasPending();
            Turn now = turn.get();
            if (now == Turn.OWN || (wanted && turn.compareAndSet(Turn.WAITING, Turn.OWN))) {
                break;
            }
            if (!wanted || now == Turn.RECALLED || turn.compareAndSet(Turn.CARRIED, Turn.RECALLED)) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    interrupted = true;
                    interruptCourier();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrow();
    }

    private void rethrow() {
        Throwable met = failure;
        failure = null;
        switch (met) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(met);
        }
    }

    /** Wakes its own thread, which sees for itself why. */
    void wake() {
        LockSupport.unpark(own);
    }

    /** Brings what is there to the outlet, unless its own thread is at it, or is to be. */
    void carry() {
        while ((subscriber.hasPending() || subscriber.isOver()) && turn.compareAndSet(Turn.WAITING, Turn.CARRIED)) {
            boolean brought = false;
            try {
                worker(Thread.currentThread());
                brought = !isSlow() && output.write(subscriber::pollOpen);
            } catch (Throwable met) {
                failure = met;
            } finally {
                worker(null);
            }
            if (!brought || subscriber.isOver() || !turn.compareAndSet(Turn.CARRIED, Turn.WAITING)) {
                turn.set(Turn.OWN);
                wake();
            }
        }
    }

    /** Reads what {@link #carry} is going to need: see {@link SubscriberOutput#touch}. */
    int touch() {
        return (turn.get() == Turn.WAITING && subscriber.hasPending() ? 1 : 0) + output.touch();
    }

    private synchronized void worker(@Nullable Thread thread) {
        worker = thread;
    }

    /** What would have released a write of its own thread is to release the courier's. */
    private synchronized void interruptCourier() {
        if (worker != null) {
            worker.interrupt();
        }
    }

    /** Lets its own thread do it for some time, since a courier had to wait for its client. */
    void slow(long nanos) {
        ownUntil = System.nanoTime() + nanos;
    }

    private boolean isSlow() {
        if (ownUntil != 0 && System.nanoTime() - ownUntil >= 0) {
            ownUntil = 0;
        }
        return ownUntil != 0;
    }
}
