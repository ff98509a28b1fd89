package io.flosse.helidon.internal.transport;

import io.flosse.EndCause;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The writer of one stream: which thread writes, since when, and how a blocked write is released. Safe from any thread.
 *
 * <p>A thread is interrupted only while it writes for this stream, so no interrupt reaches what Helidon or a pool does with it
 * next.
 */
public final class WriteGuard {

    /** How long a write in progress may take to return after the client has left. */
    private static final Duration WRITE_GRACE = Duration.ofMillis(50);

    // Guarded by this.
    private @Nullable Thread writer;

    /** The write of that thread, if it must be detached rather than interrupted; else null. */
    private @Nullable GuardedWrite detachable;

    /** A writer thread that was detached: it could not be released. */
    private @Nullable Thread detached;

    /** Why the write was released; null if it was not. */
    private @Nullable EndCause releaseCause;

    /** When the current slice began, in {@link System#nanoTime()}; 0 while nothing is written. */
    private volatile long sliceStart;

    /**
     * Registers the thread that begins to write the first slice.
     *
     * @param thread the writer, which only flosse interrupts
     * @param write the write, if it must be detached rather than interrupted; else null
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
     * Starts the time of the next slice: the client has taken the one before.
     *
     * @throws IllegalStateException if the write was detached
     */
    synchronized void nextSlice() {
        if (writer != Thread.currentThread()) {
            throw new IllegalStateException("The write was detached; its caller no longer waits");
        }
        sliceStart = System.nanoTime();
    }

    /** Returns whether the current thread is the writer and would be detached rather than interrupted. */
    synchronized boolean isDetachable() {
        return writer == Thread.currentThread() && detachable != null;
    }

    /** Returns when the current slice began, in {@link System#nanoTime()}; 0 while nothing is written. */
    public long sliceStart() {
        return sliceStart;
    }

    /**
     * Unparks a blocked write so that it checks the send buffer again: the kernel wakes it only once a third of the buffer is
     * free.
     */
    public synchronized void retry() {
        if (writer != null && detachable == null) {
            LockSupport.unpark(writer);
        }
    }

    /** Returns whether the current slice has taken longer than the timeout. */
    public synchronized boolean isStuck(Duration timeout) {
        return writer != null && sliceStart != 0 && System.nanoTime() - sliceStart >= timeout.toNanos();
    }

    /** Records why the write in progress, or the next one, is released. The first cause stays. */
    public synchronized void releaseFor(EndCause cause) {
        if (releaseCause == null) {
            releaseCause = cause;
        }
    }

    /** Returns the cause of a write that failed: the one it was released for, or that the client has left. */
    public synchronized EndCause causeOfFailure() {
        return releaseCause == null ? EndCause.CLIENT_GONE : releaseCause;
    }

    /** Releases the write in progress, inside a frame if need be. */
    public synchronized void release() {
        if (detachable != null) {
            detachable.detach(new IOException("The write was detached"));
            detached = writer;
            end();
        } else if (writer != null) {
            writer.interrupt();
        }
    }

    /**
     * Waits a moment for a write in progress that an interrupt would release. The client may have left with the very frame that
     * is being written, and an interrupt would make a write fail whose bytes have reached it.
     */
    public synchronized void awaitInterruptible() {
        long deadline = System.nanoTime() + WRITE_GRACE.toNanos();
        try {
            for (long left = WRITE_GRACE.toMillis(); writer != null && detachable == null && left > 0; ) {
                wait(left);
                left = (deadline - System.nanoTime()) / 1_000_000;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a detached writer, if there is one. */
    void awaitDetached(Duration timeout) {
        Thread last;
        synchronized (this) {
            last = detached;
        }
        if (last != null) {
            try {
                last.join(timeout);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
