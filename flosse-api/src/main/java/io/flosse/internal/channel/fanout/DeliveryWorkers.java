package io.flosse.internal.channel.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Bring a channel's events to subscribers who only wait for them: few threads for all, since to wake a thread of each
 * costs as much as the write itself. A courier who is held up by a slow client is soon replaced, and that client is left
 * to its own thread for a time, so it holds up nobody else.
 */
final class DeliveryWorkers {

    /** Fewer than this are woken: that is as cheap. */
    private static final int MANY = 4;

    /** After so many deliveries a courier calls another for help. */
    private static final int SHARE = 32;

    /** After so many it lets other virtual threads have its processor, which wakes the next one: some 2 ms. */
    private static final int TURN = 256;

    /** Whose memory is fetched at once: a processor waits for some ten places at a time, not for more. */
    private static final int AHEAD = 16;

    /** Half of the processors: more of them get into the way of those who read, and of each other. */
    private static final int MOST = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    /** Between two looks at them: each wakes two threads. Where all were held up the next may be, which is looked for sooner. */
    private static final int PATIENCE = 4; // ms

    private static final int IMPATIENCE = 1; // ms
    private static final long SLOW = 10_000_000_000L; // ns

    private static final DelegatedDelivery[] NONE = {};

    private final Set<DelegatedDelivery> deliveries = ConcurrentHashMap.newKeySet();

    // Guarded by this.

    /** All of them in one piece of memory, which is quicker to go through; null after a change. */
    private DelegatedDelivery @Nullable [] list;

    private final List<Courier> workers = new ArrayList<>();
    private DelegatedDelivery[] round = NONE;
    private int visited;
    private boolean another;
    private @Nullable Thread watcher;
    private int calls;

    /** So that no compiler leaves the reading out. */
    @SuppressWarnings("unused")
    private volatile int touched;

    void add(DelegatedDelivery delivery) {
        deliveries.add(delivery);
        changed();
    }

    void remove(DelegatedDelivery delivery) {
        if (deliveries.remove(delivery)) {
            changed();
        }
    }

    private synchronized void changed() {
        list = null;
    }

    /** There is news for all: returns at once. */
    void send() {
        if (deliveries.isEmpty()) {
            return;
        }
        if (deliveries.size() < MANY) {
            deliveries.forEach(DelegatedDelivery::wake);
            return;
        }
        synchronized (this) {
            another = true;
            if (workers.isEmpty()) {
                call();
            }
            if (watcher == null || !watcher.isAlive()) {
                watcher = thread("flosse-couriers", this::watch);
                watcher.start();
            }
        }
    }

    private void call() {
        Courier worker = new Courier();
        worker.thread.start();
        workers.add(worker); // not one that could not be started
    }

    /** Without what a publisher's thread may have to inherit. */
    private static Thread thread(String name, Runnable task) {
        return Thread.ofVirtual()
                .name(name)
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
    }

    /** The next one to visit; null if there is none, or another does the work of this courier. */
    private synchronized @Nullable DelegatedDelivery next(Courier worker) {
        if (!workers.contains(worker)) {
            return null;
        }
        if (visited == round.length && another) {
            another = false;
            visited = 0;
            round = list();
        }
        if (visited == round.length) {
            workers.remove(worker);
            forgetRound();
            return null;
        }
        if (visited % AHEAD == 0) {
            lookAhead();
        }
        if (++calls % SHARE == 0 && workers.size() < MOST) {
            call();
        }
        worker.visits++;
        worker.at = round[visited++];
        return worker.at;
    }

    /** Most of what a courier waits for is the memory of the next stream. */
    private void lookAhead() {
        int sum = 0;
        for (int i = visited; i < Math.min(visited + AHEAD, round.length); i++) {
            sum += round[i].touch();
        }
        touched = sum;
    }

    private void forgetRound() {
        visited = 0;
        round = NONE;
    }

    private synchronized void leave(Courier worker) {
        workers.remove(worker);
    }

    private DelegatedDelivery[] list() {
        if (list == null) {
            list = deliveries.toArray(NONE);
        }
        return list;
    }

    /** Replaces couriers who are held up, by more and more where many clients hold them up, until all is delivered. */
    private void watch() {
        int crew = 1;
        while (true) {
            try {
                Thread.sleep(crew == 1 ? PATIENCE : IMPATIENCE);
            } catch (InterruptedException e) {
                throw new AssertionError("Nobody has this thread", e);
            }
            synchronized (this) {
                if (workers.isEmpty()) {
                    watcher = null;
                    forgetRound();
                    return;
                }
                workers.removeIf(Courier::isHeldUp);
                if (workers.isEmpty() && (visited < round.length || another)) {
                    for (int i = 0; i < crew; i++) {
                        call();
                    }
                    crew = Math.min(2 * crew, round.length + 1);
                }
            }
        }
    }

    private final class Courier implements Runnable {

        private final Thread thread = thread("flosse-courier", this);
        private int carried;

        // Guarded by Couriers.this.
        private @Nullable DelegatedDelivery at;
        private long visits;
        private long seen;

        @Override
        @SuppressWarnings("ThreadPriorityCheck") // nobody takes a processor from a virtual thread that does not wait
        public void run() {
            try {
                for (DelegatedDelivery delivery = next(this); delivery != null; delivery = next(this)) {
                    delivery.carry();
                    Thread.interrupted(); // meant for a write of that stream, which is over
                    if (++carried % TURN == 0) {
                        Thread.yield();
                    }
                }
            } finally {
                leave(this);
            }
        }

        /** Whether it has been waiting in a write since it was last asked. One that had no turn on a busy machine has not. */
        boolean isHeldUp() {
            boolean heldUp = visits > 0 && visits == seen && isWaiting();
            seen = visits;
            if (heldUp && at != null) {
                at.slow(SLOW);
            }
            return heldUp;
        }

        /** HTTP/2 waits for room in a window with a timeout. */
        private boolean isWaiting() {
            Thread.State state = thread.getState();
            return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
        }
    }
}
