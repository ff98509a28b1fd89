package io.flosse.helidon.internal.transport;

import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One write of a stream on a thread that only flosse can interrupt. An interrupt during or before a write to an NIO
 * channel closes the connection, possibly inside a frame. User code and Helidon can interrupt the calling thread, so a
 * new virtual thread does the write, and the calling thread waits for it uninterruptibly.
 */
public final class GuardedWrite implements Runnable {

    /**
     * Maximum wait for the writer thread to start, in nanoseconds. After that the calling thread does the write. Before
     * JDK 24, callers that hold a monitor may pin all carrier threads. Since JDK 24, only an overloaded machine delays
     * the start.
     */
    private static final long START_TIMEOUT = Runtime.version().feature() < 24 ? 100_000_000 : 2_000_000_000;

    /**
     * Maximum wait for the end of a detached write. It may have reached the client, and its events must then be
     * counted.
     */
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
    private final AtomicBoolean started = new AtomicBoolean();

    /** {@link #WRITTEN}, or the exception of the write; null while the caller waits. */
    private final AtomicReference<@Nullable Object> outcome = new AtomicReference<>();

    private volatile boolean finished;

    private GuardedWrite(Runnable write, Runnable onDetach, WriteGuard guard) {
        this.write = write;
        this.onDetach = onDetach;
        this.guard = guard;
    }

    /**
     * Runs a write and waits for its end. If the calling thread is interrupted meanwhile, it is still interrupted
     * afterwards.
     *
     * @param interruptible whether a stuck write is released by an interrupt of the writer; otherwise it is
     *     detached
     * @param onDetach runs when the write is detached; must not block
     * @throws RuntimeException if the write failed or was detached
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

    /**
     * Runs a write, interruptibly, on the current thread, which must belong to flosse and runs no user code meanwhile.
     */
    public static void runOnOwnThread(Runnable write, WriteGuard guard) {
        boolean unused = Thread.interrupted(); // may be set by the write of another stream or by a subscriber's filter
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
        if (started.compareAndSet(false, true)) {
            Object result = WRITTEN;
            try {
                guard.nextSlice();
                write.run();
                finished = true;
            } catch (Throwable e) {
                result = e;
            }
            complete(result);
        }
    }

    /** Releases the caller without interrupting the writer, which may continue to block in its socket. */
    public void detach(Throwable reason) {
        complete(reason);
        onDetach.run();
    }

    private void complete(Object result) {
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
            if (result instanceof Throwable failure && !finishedAfterDetach()) {
                throw new CompletionException(failure);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns whether the caller was interrupted while it waited. */
    @SuppressWarnings("ThreadPriorityCheck") // a yielding virtual thread queues behind the threads that it has started
    private boolean awaitOutcome() {
        boolean interrupted = false;
        Thread.yield(); // lets the writer run first: a park with a timeout is more expensive
        long deadline = 0;
        while (outcome.get() == null) {
            if (started.get()) {
                LockSupport.park(this);
            } else if (deadline == 0) {
                deadline = System.nanoTime() + START_TIMEOUT;
            } else if (System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(this, deadline - System.nanoTime());
            } else {
                writeOnCaller();
            }
            interrupted |= Thread.interrupted();
        }
        return interrupted;
    }

    /**
     * Writes on the calling thread, since the writer got no carrier thread. An interrupt may close the connection here.
     */
    private void writeOnCaller() {
        if (started.compareAndSet(false, true)) {
            guard.begin(caller, null);
            try {
                write.run();
                outcome.set(WRITTEN);
            } catch (Throwable e) {
                outcome.set(e);
            } finally {
                guard.endOnCaller();
            }
        }
    }

    /**
     * Returns whether a detached write has finished after a short wait. The client may have received the frame and
     * disconnected because of it, which detaches the write.
     */
    private boolean finishedAfterDetach() {
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
