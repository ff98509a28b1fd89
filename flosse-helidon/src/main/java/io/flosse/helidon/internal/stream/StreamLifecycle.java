package io.flosse.helidon.internal.stream;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import io.flosse.helidon.internal.transport.GuardedWrite;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Why a stream ended, and whose threads work for it: the only place that sets the cause and that interrupts.
 *
 * <p>Each thread is interrupted only while it is known to work for this stream, so no interrupt can reach what Helidon or
 * a pool does with it next.
 */
public final class StreamLifecycle {

    /** How long a write that is under way when the client has gone may take to return. */
    private static final Duration WRITE_GRACE = Duration.ofMillis(50);

    /** Written under the lock. */
    private volatile @Nullable EndCause cause;

    // Guarded by this.
    private @Nullable Thread generator;
    private @Nullable Thread writer;

    /** The write of that thread, if it must be detached rather than interrupted; else null. */
    private @Nullable GuardedWrite detachable;

    /** A writer thread that was detached: it could not be released. */
    private @Nullable Thread detached;

    private @Nullable Thread asker;
    private boolean timedOut;
    private boolean cutOff;

    /** When the slice that is being written was begun, in {@link System#nanoTime()}; 0 if none is. */
    private volatile long sliceBegan;

    @Nullable
    public EndCause cause() {
        return cause;
    }

    boolean hasEnded() {
        return cause != null;
    }

    /** Sets the cause; the first one stays. */
    synchronized boolean end(EndCause why) {
        if (cause != null) {
            return false;
        }
        cause = why;
        return true;
    }

    /** Ends the stream because the current thread could not write. */
    void endByFailure() {
        endInWrite(causeOfFailure());
    }

    /** Ends the stream because of an error in a write of the current thread. */
    void endByError() {
        endInWrite(EndCause.FAILED);
    }

    private synchronized void endInWrite(EndCause why) {
        if (end(why) && generator != Thread.currentThread()) {
            interruptGenerator();
        }
    }

    /** The last frames could not be written, so the end that was set for them did not come about. */
    synchronized void endedInstead(EndCause intended) {
        if (cause == intended) {
            cause = causeOfFailure();
        }
    }

    private synchronized EndCause causeOfFailure() {
        if (timedOut) {
            return EndCause.WRITE_TIMEOUT;
        }
        return cutOff ? EndCause.DRAINED : EndCause.CLIENT_GONE;
    }

    /** What a yield throws once the stream has ended. */
    StreamEndedException ended(@Nullable Throwable failure) {
        EndCause why = cause;
        return why == EndCause.CLIENT_GONE || why == EndCause.WRITE_TIMEOUT
                ? new ClientDisconnectedException("The client has gone (" + why + ")", failure)
                : new StreamEndedException("The stream has ended (" + why + ")", failure);
    }

    /**
     * The current thread goes to the generator.
     *
     * @return false if the stream has ended already, in which case nobody would interrupt the generator any more
     */
    synchronized boolean generatorRuns() {
        generator = Thread.currentThread();
        return !hasEnded();
    }

    /** The generator's thread goes back to flosse, without the interrupt that was meant for the generator. */
    synchronized void generatorReturned() {
        generator = null;
        Thread.interrupted();
    }

    synchronized void interruptGenerator() {
        if (generator != null) {
            generator.interrupt();
        }
    }

    /** The current thread asks the permissions again. */
    synchronized void askingBegins() {
        asker = Thread.currentThread();
    }

    synchronized void askingEnds() {
        asker = null;
    }

    /** Nobody waits for the answer any more. */
    synchronized void interruptAsker() {
        if (asker != null) {
            asker.interrupt();
        }
    }

    /**
     * A thread begins to write, with the first slice.
     *
     * @param thread the writer, which only flosse interrupts
     * @param write the write, if an interrupt is not the way to release it; else null
     */
    public synchronized void writingBegins(Thread thread, @Nullable GuardedWrite write) {
        writer = thread;
        detachable = write;
        sliceBegan = System.nanoTime();
    }

    public synchronized void writingEnds() {
        writer = null;
        detachable = null;
        sliceBegan = 0;
        notifyAll();
    }

    /** The next slice begins: the one before was taken. Throws if the writer was detached. */
    public synchronized void sliceBegins() {
        if (writer != Thread.currentThread()) {
            throw new IllegalStateException("The caller no longer waits for this write");
        }
        sliceBegan = System.nanoTime();
    }

    /** Whether the current thread writes, and is detached rather than interrupted if it gets stuck. */
    public synchronized boolean isDetachableWriter() {
        return writer == Thread.currentThread() && detachable != null;
    }

    /** When the current slice was begun, 0 if nothing is being written. */
    public long sliceBegan() {
        return sliceBegan;
    }

    /**
     * Unparks a blocked write so that it checks the send buffer again: the kernel wakes it only once a third of the buffer is
     * free.
     */
    synchronized void retryWrite() {
        if (writer != null && detachable == null) {
            LockSupport.unpark(writer);
        }
    }

    /**
     * Releases a write that is stuck, on any thread.
     *
     * @return whether there was one
     */
    public synchronized boolean endStuckWrite(Duration timeout) {
        if (writer == null || sliceBegan == 0 || System.nanoTime() - sliceBegan < timeout.toNanos()) {
            return false;
        }
        timedOut = true;
        end(EndCause.WRITE_TIMEOUT);
        interruptAll();
        return true;
    }

    /** The grace of a drain is over. */
    synchronized void cutOff() {
        cutOff = true;
        end(EndCause.DRAINED);
        interruptAll();
    }

    /**
     * The client has gone: nobody needs to write or to generate any more. It may have gone with the very frame that is being
     * written, and an interrupt of a write whose bytes have left makes it fail, so the write gets a moment to return.
     */
    boolean endGone() {
        synchronized (this) {
            if (!end(EndCause.CLIENT_GONE)) {
                return false;
            }
            interruptGenerator();
            awaitInterruptibleWrite();
        }
        releaseWriter();
        return true;
    }

    private synchronized void awaitInterruptibleWrite() {
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

    /** Interrupts every thread that works for the stream, in the middle of a frame if need be. */
    private synchronized void interruptAll() {
        interruptGenerator(); // first, because its interrupt must not reach the wait for a detached writer
        releaseWriter();
    }

    private synchronized void releaseWriter() {
        if (detachable != null) {
            detachable.detach(new IOException("The write was detached"));
            detached = writer;
            writingEnds();
        } else if (writer != null) {
            writer.interrupt();
        }
    }

    /** Waits for a detached writer, if there is one. */
    public void awaitDetachedWriter(Duration patience) {
        Thread last;
        synchronized (this) {
            last = detached;
        }
        if (last != null) {
            try {
                last.join(patience);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
