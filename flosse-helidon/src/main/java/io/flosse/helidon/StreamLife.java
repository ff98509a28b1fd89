package io.flosse.helidon;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import java.time.Duration;
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
    private @Nullable Thread asker;
    private boolean timedOut;

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
        end(causeOfFailure());
    }

    /** The last frames could not be written, so the end that was set for them did not come about. */
    synchronized void endedInstead(EndCause intended) {
        if (cause == intended) {
            cause = timedOut ? EndCause.WRITE_TIMEOUT : causeOfFailure();
        }
    }

    /** Where flosse did not interrupt the writer a stopping server did, and an interrupted write fails. */
    private static EndCause causeOfFailure() {
        return Thread.currentThread().isInterrupted() ? EndCause.DRAINED : EndCause.CLIENT_GONE;
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

    /** The current thread begins to write, with the first piece. */
    synchronized void writingBegins() {
        writer = Thread.currentThread();
        pieceBegan = System.nanoTime();
    }

    synchronized void writingEnds() {
        writer = null;
        pieceBegan = 0;
    }

    /** The next piece begins: the one before has been taken. */
    synchronized void pieceBegins() {
        pieceBegan = System.nanoTime();
    }

    /** When the current piece was begun, 0 if nobody is writing. */
    long pieceBegan() {
        return pieceBegan;
    }

    /**
     * Releases a write that is stuck, whoever writes: over TLS nothing else does. The interrupt closes the socket.
     *
     * @return whether there was one
     */
    synchronized boolean endStuckWrite(Duration timeout) {
        if (writer == null || pieceBegan == 0 || System.nanoTime() - pieceBegan < timeout.toNanos()) {
            return false;
        }
        timedOut = true;
        end(EndCause.WRITE_TIMEOUT);
        writer.interrupt();
        interruptGenerator();
        return true;
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
    synchronized void interruptAll() {
        if (writer != null) {
            writer.interrupt();
        }
        interruptGenerator();
    }
}
