package io.flosse.internal.channel;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.contract.Reading;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A subscriber as a route has one: a thread of its own that reads, and an outlet for those who bring it events meanwhile. */
final class Delivered {

    final Subscriber subscription;
    final Thread thread;
    final CountDownLatch over = new CountDownLatch(1);

    /** What it has had, whoever brought it. */
    final Queue<String> data = new ConcurrentLinkedQueue<>();

    /** How many of them its own thread had to read. */
    final AtomicInteger own = new AtomicInteger();

    volatile @Nullable Throwable thrown;

    private final Runnable before;
    private final ReentrantLock writing = new ReentrantLock();

    private Delivered(Channel channel, Runnable before, @Nullable Outlet outlet) {
        this.before = before;
        subscription = (Subscriber) channel.subscribe();
        subscription.deliverTo(outlet == null ? this::write : outlet);
        thread = Thread.ofVirtual().start(this::read);
    }

    /** One whose outlet takes all. */
    static Delivered of(Channel channel) {
        return new Delivered(channel, () -> {}, null);
    }

    /** One whose outlet takes all, after something that may take its time. */
    static Delivered after(Channel channel, Runnable before) {
        return new Delivered(channel, before, null);
    }

    static Delivered of(Channel channel, Outlet outlet) {
        return new Delivered(channel, () -> {}, outlet);
    }

    private boolean write(Supplier<@Nullable SseEvent> events) {
        before.run();
        if (!writing.tryLock()) {
            return false;
        }
        try {
            for (SseEvent event = events.get(); event != null; event = events.get()) {
                add(event);
            }
            return true;
        } finally {
            writing.unlock();
        }
    }

    private void read() {
        try {
            for (SseEvent event : subscription) {
                own.incrementAndGet();
                add(event);
            }
        } catch (Throwable e) {
            thrown = e;
        } finally {
            over.countDown();
        }
    }

    void add(SseEvent event) {
        data.add(String.valueOf(event.data()));
    }

    /** Until its thread waits for events. */
    void awaitIdle() {
        await(() -> thread.getState() == Thread.State.WAITING, "a thread that waits");
    }

    void awaitSize(int count) {
        await(() -> data.size() >= count, count + " events");
    }

    void awaitOver() throws InterruptedException {
        if (!over.await(Reading.PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("Not over, with " + data.size() + " events");
        }
    }

    private void await(BooleanSupplier done, String what) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Reading.PATIENCE_SECONDS);
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Waited in vain for " + what + ", with " + data.size() + " events");
            }
            LockSupport.parkNanos(100_000);
        }
    }
}
