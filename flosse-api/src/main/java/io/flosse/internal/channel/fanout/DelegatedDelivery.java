package io.flosse.internal.channel.fanout;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The delivery of one subscriber's events to its output, with the ownership of that task. The owner is the subscriber's
 * own thread or, while that waits, a worker of {@link DeliveryWorkers}. So only one thread at a time reads the
 * subscriber, and most events wake no thread.
 */
final class DelegatedDelivery {

    private enum Ownership {
        /** The subscriber's thread owns the delivery. */
        SUBSCRIBER,
        /** The subscriber's thread waits, and any worker may take the delivery. */
        AVAILABLE,
        /** A worker delivers. The subscriber's thread waits for the worker or for events. */
        WORKER,
        /** A worker delivers, and the subscriber's thread has asked for the ownership. */
        RECALLED
    }

    private final Subscriber subscriber;
    private final SubscriberOutput output;
    private final AtomicReference<Ownership> ownership = new AtomicReference<>(Ownership.SUBSCRIBER);

    /** Until then, in {@link System#nanoTime()}, only the subscriber's thread delivers; 0 if workers may deliver. */
    private volatile long slowUntil;

    private volatile @Nullable Thread subscriberThread;

    /** The worker that is writing. Guarded by this. */
    private @Nullable Thread workerThread;

    /** The failure of a worker, to be thrown by the subscriber's thread. Published by the transfer of the ownership. */
    private @Nullable Throwable failure;

    DelegatedDelivery(Subscriber subscriber, SubscriberOutput output) {
        this.subscriber = subscriber;
        this.output = output;
    }

    /** Waits on the subscriber's thread until that thread has to handle an end, an interrupt or undelivered events. */
    void await() {
        subscriberThread = Thread.currentThread();
        boolean interrupted = false;
        ownership.set(Ownership.AVAILABLE);
        while (true) {
            boolean needsThread = interrupted || subscriber.needsThread() || subscriber.hasPending();
            Ownership current = ownership.get();
            if (current == Ownership.SUBSCRIBER
                    || (needsThread && ownership.compareAndSet(Ownership.AVAILABLE, Ownership.SUBSCRIBER))) {
                break;
            }
            if (!needsThread
                    || current == Ownership.RECALLED
                    || ownership.compareAndSet(Ownership.WORKER, Ownership.RECALLED)) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    interrupted = true;
                    interruptWorker();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrowFailure();
    }

    private void rethrowFailure() {
        Throwable thrown = failure;
        failure = null;
        switch (thrown) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /** Wakes the subscriber's thread, which then checks the state itself. */
    void wake() {
        LockSupport.unpark(subscriberThread);
    }

    /** Writes pending events to the output, unless the subscriber's thread owns the delivery or has to act. */
    void deliver() {
        while ((subscriber.hasPending() || subscriber.isEnding())
                && ownership.compareAndSet(Ownership.AVAILABLE, Ownership.WORKER)) {
            boolean delivered = false;
            try {
                setWorkerThread(Thread.currentThread());
                delivered = !isSlow() && output.write(subscriber::pollWhileOpen);
            } catch (Throwable thrown) {
                failure = thrown;
            } finally {
                setWorkerThread(null);
            }
            if (!delivered
                    || subscriber.isEnding()
                    || !ownership.compareAndSet(Ownership.WORKER, Ownership.AVAILABLE)) {
                ownership.set(Ownership.SUBSCRIBER);
                wake();
            }
        }
    }

    /** Reads the memory that {@link #deliver} needs: see {@link SubscriberOutput#prefetch}. */
    int prefetch() {
        return (ownership.get() == Ownership.AVAILABLE && subscriber.hasPending() ? 1 : 0) + output.prefetch();
    }

    private synchronized void setWorkerThread(@Nullable Thread thread) {
        workerThread = thread;
    }

    /** Forwards an interrupt of the subscriber's thread to the worker, so that it ends the write. */
    private synchronized void interruptWorker() {
        if (workerThread != null) {
            workerThread.interrupt();
        }
    }

    /** Leaves the delivery to the subscriber's thread for some time, since its client blocked a worker. */
    void markSlow(long nanos) {
        slowUntil = System.nanoTime() + nanos;
    }

    private boolean isSlow() {
        if (slowUntil != 0 && System.nanoTime() - slowUntil >= 0) {
            slowUntil = 0;
        }
        return slowUntil != 0;
    }
}
