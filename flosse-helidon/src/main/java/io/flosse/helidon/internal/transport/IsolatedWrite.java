package io.flosse.helidon.internal.transport;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A write to a shared connection, requested by a thread that user code or Helidon can interrupt. An interrupt during
 * the write would end the connection. So a new virtual thread does the write, and the calling thread waits for it
 * uninterruptibly.
 */
final class IsolatedWrite implements Runnable {

    /**
     * Maximum wait for the writer thread to start, in nanoseconds. After that the calling thread does the write, and an
     * interrupt may end the connection. Before JDK 24, callers that hold a monitor may pin all carrier threads. Since
     * JDK 24, only an overloaded machine delays the start.
     */
    static final long START_TIMEOUT = Runtime.version().feature() < 24 ? 100_000_000 : 2_000_000_000;

    private static final ThreadFactory WRITERS = Thread.ofVirtual()
            .name("flosse-writer")
            .inheritInheritableThreadLocals(false)
            .factory();

    private final Runnable write;
    private final Thread caller = Thread.currentThread();
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile boolean finished;
    private volatile @Nullable Throwable failure;

    private IsolatedWrite(Runnable write) {
        this.write = write;
    }

    /**
     * Runs a write and waits for its end. If the calling thread is interrupted meanwhile, it is still interrupted
     * afterwards.
     *
     * @throws RuntimeException the exception of the write
     */
    static void run(Runnable write) {
        boolean unused = new IsolatedWrite(write).runAndWait(Long.MAX_VALUE);
    }

    /**
     * Runs a write and waits for its end, at most for the timeout. After the timeout the write continues in the
     * background.
     *
     * @return false if the timeout has passed
     * @throws RuntimeException the exception of the write
     */
    static boolean run(Runnable write, Duration timeout) {
        return new IsolatedWrite(write).runAndWait(timeout.toNanos());
    }

    @Override
    public void run() {
        if (started.compareAndSet(false, true)) {
            try {
                write.run();
            } catch (Throwable e) {
                failure = e;
            }
            finished = true;
            LockSupport.unpark(caller);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a yielding virtual thread queues behind the threads that it has started
    private boolean runAndWait(long timeout) {
        WRITERS.newThread(this).start();
        Thread.yield(); // lets the writer run first: a park with a timeout is more expensive
        boolean interrupted = false;
        long start = System.nanoTime();
        while (!finished && System.nanoTime() - start < timeout) {
            long remaining = timeout - (System.nanoTime() - start);
            long remainingToStart = START_TIMEOUT - (System.nanoTime() - start);
            if (started.get() && timeout == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else if (started.get()) {
                LockSupport.parkNanos(this, remaining);
            } else if (remainingToStart > 0) {
                LockSupport.parkNanos(this, Math.min(remaining, remainingToStart));
            } else {
                run();
            }
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            caller.interrupt();
        }
        Throwable thrown = failure;
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        return finished;
    }
}
