package io.flosse.internal.channel.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one channel, which deliver its events to waiting subscribers. A few worker threads serve all of them,
 * since waking a thread per subscriber costs as much as the write itself. A worker blocked by a slow client is soon
 * replaced. That client is then left to its own thread for some time, so it blocks no other delivery.
 */
final class DeliveryWorkers {

    /** With fewer deliveries, waking each subscriber's thread is as cheap. */
    private static final int MIN_DELIVERIES = 4;

    /** After this many deliveries, a worker starts another one. */
    private static final int DELIVERIES_PER_WORKER = 32;

    /**
     * After this many deliveries, about 2 ms, a worker yields its carrier thread to other virtual threads. Each yield
     * wakes the next one.
     */
    private static final int YIELD_INTERVAL = 256;

    /** Deliveries whose memory is read in advance. A processor has about ten outstanding cache misses, not more. */
    private static final int PREFETCH_BATCH = 16;

    /** Half of the processors. More workers compete with the readers and with each other. */
    private static final int MAX_WORKERS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    /** In ms. Each check wakes two threads. */
    private static final int WATCH_INTERVAL = 4;

    /** In ms. Used after all workers were blocked, since the next ones may be blocked too. */
    private static final int FAST_WATCH_INTERVAL = 1;

    /** In ns. How long a slow client is left to its own thread. */
    private static final long SLOW_CLIENT_TIME = 10_000_000_000L;

    private static final DelegatedDelivery[] NONE = {};

    private final Set<DelegatedDelivery> deliveries = ConcurrentHashMap.newKeySet();

    // Guarded by this.

    /** All deliveries in an array, which is faster to iterate; null after a change. */
    private DelegatedDelivery @Nullable [] snapshot;

    private final List<Worker> workers = new ArrayList<>();
    private DelegatedDelivery[] batch = NONE;
    private int nextIndex;
    private boolean batchRequested;
    private @Nullable Thread watcher;
    private int claims;

    /** Written so that the compiler does not remove the reads of {@link #prefetch}. */
    @SuppressWarnings("unused")
    private volatile int prefetched;

    void add(DelegatedDelivery delivery) {
        deliveries.add(delivery);
        invalidateSnapshot();
    }

    void remove(DelegatedDelivery delivery) {
        if (deliveries.remove(delivery)) {
            invalidateSnapshot();
        }
    }

    private synchronized void invalidateSnapshot() {
        snapshot = null;
    }

    /** Starts the delivery of new events to all subscribers, without waiting for it. */
    void dispatch() {
        if (deliveries.isEmpty()) {
            return;
        }
        if (deliveries.size() < MIN_DELIVERIES) {
            deliveries.forEach(DelegatedDelivery::wake);
            return;
        }
        synchronized (this) {
            batchRequested = true;
            if (workers.isEmpty()) {
                startWorker();
            }
            if (watcher == null || !watcher.isAlive()) {
                watcher = newThread("flosse-delivery-watcher", this::watch);
                watcher.start();
            }
        }
    }

    private void startWorker() {
        Worker worker = new Worker();
        worker.thread.start();
        workers.add(worker); // after start(), so that a worker that could not start is not added
    }

    /** Creates a thread that does not inherit the thread locals of the publisher's thread. */
    private static Thread newThread(String name, Runnable task) {
        return Thread.ofVirtual()
                .name(name)
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
    }

    /** Returns the next delivery of the batch; null if there is none, or if the worker has been replaced. */
    private synchronized @Nullable DelegatedDelivery next(Worker worker) {
        if (!workers.contains(worker)) {
            return null;
        }
        if (nextIndex == batch.length && batchRequested) {
            batchRequested = false;
            nextIndex = 0;
            batch = snapshot();
        }
        if (nextIndex == batch.length) {
            workers.remove(worker);
            clearBatch();
            return null;
        }
        if (nextIndex % PREFETCH_BATCH == 0) {
            prefetch();
        }
        if (++claims % DELIVERIES_PER_WORKER == 0 && workers.size() < MAX_WORKERS) {
            startWorker();
        }
        worker.claimed++;
        worker.current = batch[nextIndex++];
        return worker.current;
    }

    /** Reads the memory of the next deliveries. Cache misses dominate the time of a worker. */
    private void prefetch() {
        int sum = 0;
        for (int i = nextIndex; i < Math.min(nextIndex + PREFETCH_BATCH, batch.length); i++) {
            sum += batch[i].prefetch();
        }
        prefetched = sum;
    }

    private void clearBatch() {
        nextIndex = 0;
        batch = NONE;
    }

    private synchronized void removeWorker(Worker worker) {
        workers.remove(worker);
    }

    private DelegatedDelivery[] snapshot() {
        if (snapshot == null) {
            snapshot = deliveries.toArray(NONE);
        }
        return snapshot;
    }

    /**
     * Replaces blocked workers until everything is delivered. If many clients block their workers, the number of new
     * workers doubles each time.
     */
    private void watch() {
        int newWorkers = 1;
        while (true) {
            try {
                Thread.sleep(newWorkers == 1 ? WATCH_INTERVAL : FAST_WATCH_INTERVAL);
            } catch (InterruptedException e) {
                throw new AssertionError("The watcher was interrupted, although no other code can reach its thread", e);
            }
            synchronized (this) {
                if (workers.isEmpty()) {
                    watcher = null;
                    clearBatch();
                    return;
                }
                workers.removeIf(Worker::isBlocked);
                if (workers.isEmpty() && (nextIndex < batch.length || batchRequested)) {
                    for (int i = 0; i < newWorkers; i++) {
                        startWorker();
                    }
                    newWorkers = Math.min(2 * newWorkers, batch.length + 1);
                }
            }
        }
    }

    private final class Worker implements Runnable {

        private final Thread thread = newThread("flosse-delivery-worker", this);
        private int delivered;

        // Guarded by DeliveryWorkers.this.
        private @Nullable DelegatedDelivery current;
        private long claimed;
        private long claimedAtLastCheck;

        @Override
        @SuppressWarnings("ThreadPriorityCheck") // a running virtual thread is not preempted, so it has to yield
        public void run() {
            try {
                for (DelegatedDelivery delivery = next(this); delivery != null; delivery = next(this)) {
                    delivery.deliver();
                    Thread.interrupted(); // meant for the write of this stream, which has finished
                    if (++delivered % YIELD_INTERVAL == 0) {
                        Thread.yield();
                    }
                }
            } finally {
                removeWorker(this);
            }
        }

        /**
         * Returns whether the worker has waited in one write since the last check. A worker that got no processor time
         * on a busy machine is not blocked.
         */
        boolean isBlocked() {
            boolean blocked = claimed > 0 && claimed == claimedAtLastCheck && isThreadWaiting();
            claimedAtLastCheck = claimed;
            if (blocked && current != null) {
                current.markSlow(SLOW_CLIENT_TIME);
            }
            return blocked;
        }

        /** Includes timed waits: HTTP/2 waits for the flow control window with a timeout. */
        private boolean isThreadWaiting() {
            Thread.State state = thread.getState();
            return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
        }
    }
}
