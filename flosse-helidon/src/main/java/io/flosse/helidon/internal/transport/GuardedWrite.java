package io.flosse.helidon.internal.transport;

import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One write of a stream, on a thread that nobody but flosse can interrupt. An interrupt in a channel's write, or a flag that
 * is set before it, closes the connection in the middle of a frame; so the calling thread, which user code and Helidon know,
 * hands the write to a virtual thread of its own and waits for it without being interruptible.
 */
public final class GuardedWrite implements Runnable {

    /**
     * Maximum wait for the writer thread to start, in nanoseconds. Then the calling thread writes itself. Before JDK 24 all carrier
     * threads may be pinned by callers that write while they hold a monitor; since then a thread that does not start is one that
     * the machine is too busy for.
     */
    private static final long START_TIMEOUT = Runtime.version().feature() < 24 ? 100_000_000 : 2_000_000_000;

    /** How long the caller of a detached write waits for its end: it may have reached the client, and must be counted then. */
    private static final Duration DETACHED_TIMEOUT = Duration.ofMillis(50);

    private static final ThreadFactory WRITERS = Thread.ofVirtual()
            .name("flosse-writer")
            .inheritInheritableThreadLocals(false)
            .factory();

    private static final Object WRITTEN = new Object();

    private final Runnable write;
    private final Runnable onDetach;
    private final WriteGuard guard;
    private final Thread caller = Thread.currentThread();
    private final Thread writer = WRITERS.newThread(this);
    private final AtomicBoolean begun = new AtomicBoolean();

    /** {@link #WRITTEN} or what was thrown; null while the caller waits. */
    private final AtomicReference<@Nullable Object> outcome = new AtomicReference<>();

    private volatile boolean finished;

    private GuardedWrite(Runnable write, Runnable onDetach, WriteGuard guard) {
        this.write = write;
        this.onDetach = onDetach;
        this.guard = guard;
    }

    /**
     * Writes and returns when it is written. The calling thread keeps an interrupt for later.
     *
     * @param interruptible whether an interrupt of the writer releases a write that is stuck; else it is detached
     * @param onDetach runs when it is detached; must not block
     * @throws RuntimeException what the write threw, or that it was detached
     */
    public static void run(Runnable write, boolean interruptible, Runnable onDetach, WriteGuard guard) {
        GuardedWrite guarded = new GuardedWrite(write, onDetach, guard);
        try {
            guard.begin(guarded.writer, interruptible ? null : guarded);
            guarded.writer.start();
            guarded.await();
        } finally {
            guard.end();
        }
    }

    /** Writes, interruptibly, on the current thread, which is one of flosse's own and runs no user code while it writes. */
    public static void runOnOwnThread(Runnable write, WriteGuard guard) {
        boolean unused = Thread.interrupted(); // left from the write of another stream, or by a subscriber's filter
        try {
            guard.begin(Thread.currentThread(), null);
            write.run();
        } finally {
            guard.end();
            unused = Thread.interrupted();
        }
    }

    @Override
    public void run() {
        if (begun.compareAndSet(false, true)) {
            Object result = WRITTEN;
            try {
                guard.nextSlice();
                write.run();
                finished = true;
            } catch (Throwable e) {
                result = e;
            }
            end(result);
        }
    }

    /** Releases the caller, though the writer may go on: it is in a socket that must not be interrupted. */
    public void detach(Throwable reason) {
        end(reason);
        onDetach.run();
    }

    private void end(Object result) {
        if (outcome.compareAndSet(null, result)) {
            LockSupport.unpark(caller);
        }
    }

    private void await() {
        boolean interrupted = awaitOutcome();
        try {
            Object result = outcome.get();
            if (result instanceof Error error) {
                throw error;
            }
            if (result instanceof Throwable failure && !isFinishedAfterAll()) {
                throw new CompletionException(failure);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns whether the caller was interrupted while it waited. */
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread queues behind those that it has started
    private boolean awaitOutcome() {
        boolean interrupted = false;
        Thread.yield(); // a wait with a timeout costs more than all the rest
        long deadline = 0;
        while (outcome.get() == null) {
            if (begun.get()) {
                LockSupport.park(this);
            } else if (deadline == 0) {
                deadline = System.nanoTime() + START_TIMEOUT;
            } else if (System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(this, deadline - System.nanoTime());
            } else {
                writeHere();
            }
            interrupted |= Thread.interrupted();
        }
        return interrupted;
    }

    /** The writer got no carrier thread, so the caller writes. An interrupt may close the connection here. */
    private void writeHere() {
        if (begun.compareAndSet(false, true)) {
            guard.begin(caller, null);
            try {
                write.run();
                outcome.set(WRITTEN);
            } catch (Throwable e) {
                outcome.set(e);
            }
        }
    }

    /** A caller is released as soon as its client is gone; the client may have gone with the very frame that was written. */
    private boolean isFinishedAfterAll() {
        boolean interrupted = false;
        try {
            boolean unused = writer.join(DETACHED_TIMEOUT);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            caller.interrupt();
        }
        return finished;
    }
}
