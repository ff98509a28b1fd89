package io.flosse.helidon;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Why a stream ended, and whose threads work for it: the only place that sets the cause and that interrupts.
 *
 * <p>Each thread is interrupted only while it is known to work for this stream, so no interrupt can reach what Helidon or
 * a pool does with it next.
 */
final class StreamLife {

    /** Written under the lock. */
    private volatile @Nullable EndCause cause;

    // Guarded by this.
    private @Nullable Thread generator;
    private @Nullable Thread writer;

    /** What the writer's customer waits for, where the writer must not be interrupted; else null. */
    private @Nullable CompletableFuture<Void> written;

    /** A writer that could not be released, and that nobody waits for any more. */
    private @Nullable Thread leftBehind;

    private @Nullable Thread asker;
    private boolean timedOut;
    private boolean cutOff;

    /** When the piece that is being written was begun, in {@link System#nanoTime()}; 0 if none is. */
    private volatile long pieceBegan;

    @Nullable
    EndCause cause() {
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

    /** Where flosse did not interrupt the writer a stopping server did, and an interrupted write fails. */
    private synchronized EndCause causeOfFailure() {
        if (timedOut) {
            return EndCause.WRITE_TIMEOUT;
        }
        return cutOff || Thread.currentThread().isInterrupted() ? EndCause.DRAINED : EndCause.CLIENT_GONE;
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
     * A thread begins to write, with the first piece.
     *
     * @param customer what is waited for by another thread while the writer must not be interrupted; null if it may be
     */
    synchronized void writingBegins(Thread thread, @Nullable CompletableFuture<Void> customer) {
        writer = thread;
        written = customer;
        pieceBegan = System.nanoTime();
    }

    synchronized void writingEnds() {
        writer = null;
        written = null;
        pieceBegan = 0;
    }

    /** The next piece begins: the one before has been taken. Throws if the writer was left behind. */
    synchronized void pieceBegins() {
        if (writer != Thread.currentThread()) {
            throw new IllegalStateException("Nobody waits for this write any more");
        }
        pieceBegan = System.nanoTime();
    }

    /** When the current piece was begun, 0 if nobody is writing. */
    long pieceBegan() {
        return pieceBegan;
    }

    /**
     * Has a write that waits for room in the kernel's buffer look for itself: the kernel wakes it no sooner than a third of
     * the buffer is free. Not where the writer must not be interrupted, which had better find some room at its end.
     */
    synchronized void retryWrite() {
        if (writer != null && written == null) {
            LockSupport.unpark(writer);
        }
    }

    /**
     * Releases a write that is stuck, whoever writes.
     *
     * @return whether there was one
     */
    synchronized boolean endStuckWrite(Duration timeout) {
        if (writer == null || pieceBegan == 0 || System.nanoTime() - pieceBegan < timeout.toNanos()) {
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

    /** The client has gone: nobody needs to write or to generate any more. */
    synchronized boolean endGone() {
        if (!end(EndCause.CLIENT_GONE)) {
            return false;
        }
        interruptAll();
        return true;
    }

    /** Interrupts whoever works for the stream, in mid-frame if need be. */
    private synchronized void interruptAll() {
        interruptGenerator(); // first, since it is not to disturb who then waits for the rest of a write
        if (written != null) {
            written.completeExceptionally(new IOException("The write was given up"));
            leaveWriter();
        } else if (writer != null) {
            writer.interrupt();
        }
    }

    /**
     * Nobody waits any more for the writer, who must not be interrupted in a socket of TLS. It may find room for the rest of
     * its piece, and in HTTP/2, which waits for a window with a timeout, it is not in the socket.
     */
    synchronized void leaveWriter() {
        Thread left = writer;
        if (left != null) {
            leftBehind = left;
            writingEnds();
            if (left.getState() == Thread.State.TIMED_WAITING) {
                left.interrupt();
            } else {
                LockSupport.unpark(left);
            }
        }
    }

    /** Waits for the writer that was left behind, if any. */
    void awaitWriter(Duration patience) {
        Thread last;
        synchronized (this) {
            last = leftBehind;
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
