package io.flosse.helidon.internal.transport;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A write to a connection that streams share, for a thread that others may interrupt: an interrupt would end the connection. So
 * a virtual thread of its own writes, and the calling thread waits without being interruptible.
 */
final class IsolatedWrite implements Runnable {

    /**
     * Maximum wait for the thread to start, in nanoseconds. Then the caller writes itself, and an interrupt may do harm. Before JDK
     * 24 all carrier threads may be pinned by callers that hold monitors; since then a thread that does not start is one that the
     * machine is too busy for.
     */
    static final long START_TIMEOUT = Runtime.version().feature() < 24 ? 100_000_000 : 2_000_000_000;

    private static final ThreadFactory WRITERS = Thread.ofVirtual()
            .name("flosse-writer")
            .inheritInheritableThreadLocals(false)
            .factory();

    private final Runnable write;
    private final Thread caller = Thread.currentThread();
    private final AtomicBoolean begun = new AtomicBoolean();
    private volatile boolean finished;
    private volatile @Nullable Throwable failure;

    private IsolatedWrite(Runnable write) {
        this.write = write;
    }

    /** Writes and returns when it is written; throws what the write threw. The calling thread keeps an interrupt for later. */
    static void run(Runnable write) {
        boolean unused = new IsolatedWrite(write).runAndWait(Long.MAX_VALUE);
    }

    /** The same, but returns false after the timeout; the write then goes on. */
    static boolean run(Runnable write, Duration timeout) {
        return new IsolatedWrite(write).runAndWait(timeout.toNanos());
    }

    @Override
    public void run() {
        if (begun.compareAndSet(false, true)) {
            try {
                write.run();
            } catch (Throwable e) {
                failure = e;
            }
            finished = true;
            LockSupport.unpark(caller);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread queues behind those that it has started
    private boolean runAndWait(long timeout) {
        WRITERS.newThread(this).start();
        Thread.yield(); // a wait with a timeout costs more than all the rest
        boolean interrupted = false;
        long start = System.nanoTime();
        while (!finished && System.nanoTime() - start < timeout) {
            long left = timeout - (System.nanoTime() - start);
            long leftToStart = START_TIMEOUT - (System.nanoTime() - start);
            if (begun.get() && timeout == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else if (begun.get()) {
                LockSupport.parkNanos(this, left);
            } else if (leftToStart > 0) {
                LockSupport.parkNanos(this, Math.min(left, leftToStart));
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
