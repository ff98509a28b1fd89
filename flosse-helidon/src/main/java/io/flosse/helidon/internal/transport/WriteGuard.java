package io.flosse.helidon.internal.transport;

import io.flosse.EndCause;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The state of one stream's writer: its thread, the start of its current slice, and the way to release a blocked write.
 * Thread-safe.
 *
 * <p>A thread is interrupted only while it writes for this stream. So an interrupt cannot affect the thread's next task
 * in Helidon or in a pool.
 */
public final class WriteGuard {

    /** How long a write in progress may take to return after the client has disconnected. */
    private static final Duration WRITE_GRACE = Duration.ofMillis(50);

    /** Whether an interrupt that releases a write may stay set on a thread that runs user code. */
    private final boolean interruptsUserCode;

    // Guarded by this.
    private @Nullable Thread writer;

    /** The write of that thread if it must be detached rather than interrupted; else null. */
    private @Nullable GuardedWrite detachable;

    /** The writer thread that was detached because it could not be interrupted; null if none was. */
    private @Nullable Thread detached;

    /** The writer thread that was interrupted last; null if none was. */
    private @Nullable Thread interrupted;

    /** The cause for which the write was released; null if it was not. */
    private @Nullable EndCause releaseCause;

    /** When the current slice started, in {@link System#nanoTime()}; 0 while nothing is written. */
    private volatile long sliceStart;

    /**
     * Creates the guard of a stream without a writer.
     *
     * @param interruptsUserCode whether the end of the stream interrupts its generator
     */
    public WriteGuard(boolean interruptsUserCode) {
        this.interruptsUserCode = interruptsUserCode;
    }

    /**
     * Registers the writer thread and starts the time of its first slice.
     *
     * @param thread the writer, which only flosse interrupts
     * @param write the write if it must be detached rather than interrupted; else null
     */
    synchronized void begin(Thread thread, @Nullable GuardedWrite write) {
        writer = thread;
        detachable = write;
        sliceStart = System.nanoTime();
    }

    /** Removes the writer. */
    synchronized void end() {
        writer = null;
        detachable = null;
        sliceStart = 0;
        notifyAll();
    }

    /**
     * Removes the writer, whose thread is the current one and runs user code afterwards. Clears the interrupt that has
     * released its write, unless the end of the stream interrupts that code anyway.
     */
    synchronized void endOnCaller() {
        end();
        if (interrupted == Thread.currentThread() && !interruptsUserCode) {
            Thread.interrupted();
        }
    }

    /**
     * Starts the time of the next slice, since the previous slice has been written.
     *
     * @throws IllegalStateException if the write was detached
     */
    synchronized void nextSlice() {
        if (writer != Thread.currentThread()) {
            throw new IllegalStateException("The write was detached, so its next slice is not written");
        }
        sliceStart = System.nanoTime();
    }

    /** Returns whether the current thread is the writer and would be detached rather than interrupted. */
    synchronized boolean isDetachable() {
        return writer == Thread.currentThread() && detachable != null;
    }

    /** Returns the start of the current slice, in {@link System#nanoTime()}; 0 while nothing is written. */
    public long sliceStart() {
        return sliceStart;
    }

    /**
     * Unparks a blocked write so that it checks the send buffer again. The kernel reports free space only once a third
     * of the buffer is free.
     */
    public synchronized void retry() {
        if (writer != null && detachable == null) {
            LockSupport.unpark(writer);
        }
    }

    /**
     * Returns the writer if its current slice has taken longer than the timeout; else null.
     *
     * @param timeout how long a slice may take
     */
    public synchronized @Nullable Thread stuckWriter(Duration timeout) {
        boolean stuck = writer != null && sliceStart != 0 && System.nanoTime() - sliceStart >= timeout.toNanos();
        return stuck ? writer : null;
    }

    /** Records why the write in progress, or the next one, is released. The first cause stays. */
    public synchronized void releaseFor(EndCause cause) {
        if (releaseCause == null) {
            releaseCause = cause;
        }
    }

    /** Returns the cause of a failed write: the cause it was released for, or else CLIENT_GONE. */
    public synchronized EndCause causeOfFailure() {
        return releaseCause == null ? EndCause.CLIENT_GONE : releaseCause;
    }

    /** Releases the write of a thread, even inside a frame, unless it has ended meanwhile. */
    public synchronized void release(Thread stuck) {
        if (writer == stuck) {
            release();
        }
    }

    /** Releases the write in progress, even inside a frame: detaches or interrupts it. */
    public synchronized void release() {
        if (detachable != null) {
            detachable.detach(new IOException("The write was detached"));
            detached = writer;
            end();
        } else if (writer != null) {
            interrupted = writer;
            writer.interrupt();
        }
    }

    /**
     * Waits up to 50 ms for a write in progress that would be interrupted. The client may have received its bytes and
     * then disconnected; an interrupt would make that successful write fail.
     */
    public synchronized void awaitInterruptibleWrite() {
        long deadline = System.nanoTime() + WRITE_GRACE.toNanos();
        try {
            for (long remaining = WRITE_GRACE.toMillis(); writer != null && detachable == null && remaining > 0; ) {
                wait(remaining);
                remaining = (deadline - System.nanoTime()) / 1_000_000;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the detached writer, if any, to end. */
    void awaitDetached(Duration timeout) {
        Thread detachedWriter;
        synchronized (this) {
            detachedWriter = detached;
        }
        if (detachedWriter != null) {
            try {
                detachedWriter.join(timeout);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
