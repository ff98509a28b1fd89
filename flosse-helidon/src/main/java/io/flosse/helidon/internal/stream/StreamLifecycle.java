package io.flosse.helidon.internal.stream;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import io.flosse.helidon.internal.transport.WriteGuard;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one stream: a phase, and the cause of its end. It is the only class that sets the cause and that
 * interrupts the generator.
 *
 * <table>
 * <caption>Transitions. An event that has no row for a phase changes nothing.</caption>
 * <tr><th>from</th><th>event</th><th>to</th><th>cause</th><th>by</th><th>write lock</th><th>releases</th></tr>
 * <tr><td>NEW</td><td>OPENED</td><td>OPEN</td><td></td><td>the writer of the first frame</td><td>held</td><td></td></tr>
 * <tr><td>NEW</td><td>END</td><td>CLOSED</td><td>given</td><td>the generator's thread, drain, revoke, timers</td><td>held</td>
 *     <td>the generator</td></tr>
 * <tr><td>NEW</td><td>CLIENT_LEFT</td><td>CLOSED</td><td>CLIENT_GONE</td><td>the disconnect watcher</td><td>not needed</td>
 *     <td>generator, writer</td></tr>
 * <tr><td>NEW</td><td>CUT</td><td>CLOSED</td><td>DRAINED</td><td>a drain whose grace is over</td><td>not needed</td>
 *     <td>generator, writer</td></tr>
 * <tr><td>OPEN</td><td>END</td><td>ENDING</td><td>given</td><td>the generator's thread, drain, revoke, timers</td><td>held</td>
 *     <td></td></tr>
 * <tr><td>OPEN</td><td>WRITE_FAILED</td><td>CLOSED</td><td>CLIENT_GONE, or what the write was released for</td>
 *     <td>the writer</td><td>held</td><td>the generator</td></tr>
 * <tr><td>OPEN</td><td>WRITE_BROKEN</td><td>CLOSED</td><td>FAILED: an Error in a write</td><td>the writer</td><td>held</td>
 *     <td>the generator</td></tr>
 * <tr><td>OPEN</td><td>WRITE_TIMED_OUT</td><td>CLOSED</td><td>WRITE_TIMEOUT</td><td>timers</td><td>not needed</td>
 *     <td>generator, writer</td></tr>
 * <tr><td>OPEN</td><td>CLIENT_LEFT</td><td>CLOSED</td><td>CLIENT_GONE</td><td>the disconnect watcher</td><td>not needed</td>
 *     <td>generator, writer</td></tr>
 * <tr><td>OPEN</td><td>CUT</td><td>CLOSED</td><td>DRAINED</td><td>a drain whose grace is over</td><td>not needed</td>
 *     <td>generator, writer</td></tr>
 * <tr><td>ENDING</td><td>END_WRITTEN</td><td>CLOSED</td><td>stays</td><td>the writer of the last frames</td><td>held</td>
 *     <td></td></tr>
 * <tr><td>ENDING</td><td>END_FAILED</td><td>CLOSED</td><td>of the failure, if the generator had returned; else stays</td>
 *     <td>the writer of the last frames</td><td>held</td><td></td></tr>
 * <tr><td>ENDING</td><td>WRITE_BROKEN</td><td>CLOSED</td><td>FAILED</td><td>the writer of the last frames</td><td>held</td>
 *     <td>the generator</td></tr>
 * </table>
 *
 * <p>CLOSED means that no more bytes are written. The generator may still run then; it has been interrupted. In ENDING, a
 * write timeout or a cut releases the last write, whose failure is END_FAILED. If the head of the response cannot be prepared, the
 * stream stays NEW. If the stream is closed while the head is being prepared, it stays CLOSED and counts as opened, since the
 * response is no longer Helidon's.
 */
public final class StreamLifecycle {

    /** The phase of a stream. */
    enum Phase {
        /** Nothing has been written; the response can still get another status. */
        NEW,
        /** The head of the response has been prepared. */
        OPEN,
        /** The cause of the end is known, and the last frames are being written. */
        ENDING,
        /** No more bytes are written. */
        CLOSED
    }

    /** What happens to a stream. */
    enum Event {
        OPENED,
        END,
        END_WRITTEN,
        END_FAILED,
        WRITE_FAILED,
        WRITE_BROKEN,
        WRITE_TIMED_OUT,
        CLIENT_LEFT,
        CUT
    }

    private record State(Phase phase, @Nullable EndCause cause) {}

    /** Written under this object's lock. */
    private volatile State state = new State(Phase.NEW, null);

    /** Whether the head of the response was prepared. Written under the stream's write lock. */
    private volatile boolean opened;

    private final WriteGuard writes = new WriteGuard();

    // Guarded by this.
    private @Nullable Thread generator;
    private @Nullable Thread recheck;

    /** Whether the generator has returned or thrown. */
    private volatile boolean generatorReturned;

    /** Returns the phase that follows; the same one if the event changes nothing. */
    static Phase next(Phase phase, Event event) {
        return switch (phase) {
            case NEW ->
                switch (event) {
                    case OPENED -> Phase.OPEN;
                    case END, CLIENT_LEFT, CUT -> Phase.CLOSED;
                    case END_WRITTEN, END_FAILED, WRITE_FAILED, WRITE_BROKEN, WRITE_TIMED_OUT -> phase;
                };
            case OPEN ->
                switch (event) {
                    case END -> Phase.ENDING;
                    case WRITE_FAILED, WRITE_BROKEN, WRITE_TIMED_OUT, CLIENT_LEFT, CUT -> Phase.CLOSED;
                    case OPENED, END_WRITTEN, END_FAILED -> phase;
                };
            case ENDING ->
                switch (event) {
                    case END_WRITTEN, END_FAILED, WRITE_BROKEN -> Phase.CLOSED;
                    case OPENED, END, WRITE_FAILED, WRITE_TIMED_OUT, CLIENT_LEFT, CUT -> phase;
                };
            case CLOSED -> phase;
        };
    }

    /** Makes a transition; returns whether there was one. */
    private synchronized boolean apply(Event event, @Nullable EndCause cause) {
        Phase next = next(state.phase, event);
        if (next == state.phase) {
            return false;
        }
        state = new State(next, cause);
        return true;
    }

    Phase phase() {
        return state.phase;
    }

    /** Returns why the stream ended; null if it has not. */
    @Nullable
    EndCause cause() {
        return state.cause;
    }

    /** Returns whether the cause of the end is known. */
    boolean hasEnded() {
        return state.cause != null;
    }

    /** Returns whether the response is the stream's: its head was prepared. */
    boolean isOpened() {
        return opened;
    }

    /** Returns the guard of the stream's writes. */
    public WriteGuard writes() {
        return writes;
    }

    /** The head of the response has been prepared. */
    void opened() {
        opened = true;
        apply(Event.OPENED, null);
    }

    /**
     * Begins the end of the stream; its last frames may follow if it is open.
     *
     * @return false if it has ended before
     */
    boolean end(EndCause why) {
        return apply(Event.END, why);
    }

    /** The last frames have been written. */
    synchronized void endWritten() {
        apply(Event.END_WRITTEN, state.cause);
    }

    /** The last frames could not be written, so the stream has ended for this cause. */
    void endFailed(EndCause why) {
        apply(Event.END_FAILED, why);
    }

    /** The current thread could not write. */
    void writeFailed() {
        endInWrite(Event.WRITE_FAILED, writes.causeOfFailure());
    }

    /** An Error was thrown in a write of the current thread, so nobody knows how much of it has left. */
    void writeBroken() {
        endInWrite(Event.WRITE_BROKEN, EndCause.FAILED);
    }

    private synchronized void endInWrite(Event event, EndCause why) {
        if (apply(event, why) && generator != Thread.currentThread()) {
            interruptGenerator();
        }
    }

    /** Ends the stream and releases its write if the current slice has taken longer than the timeout. */
    void endStuckWrite(Duration timeout) {
        synchronized (this) {
            if (!writes.isStuck(timeout)) {
                return;
            }
            writes.releaseFor(EndCause.WRITE_TIMEOUT);
            apply(Event.WRITE_TIMED_OUT, EndCause.WRITE_TIMEOUT);
            interruptGenerator(); // before the writer: its interrupt must not reach the wait for a detached writer
        }
        writes.release();
    }

    /** Ends the stream at once, inside a frame if need be: the grace of a drain is over. */
    void cut() {
        synchronized (this) {
            writes.releaseFor(EndCause.DRAINED);
            apply(Event.CUT, EndCause.DRAINED);
            interruptGenerator();
        }
        writes.release();
    }

    /**
     * The client has left: nobody needs to write or to generate any more.
     *
     * @return false if the stream has ended before
     */
    boolean clientLeft() {
        synchronized (this) {
            if (!apply(Event.CLIENT_LEFT, EndCause.CLIENT_GONE)) {
                return false;
            }
            interruptGenerator();
        }
        writes.awaitInterruptible();
        writes.release();
        return true;
    }

    /** Returns what a yield throws once the stream has ended. */
    StreamEndedException ended(@Nullable Throwable failure) {
        EndCause why = cause();
        return why == EndCause.CLIENT_GONE || why == EndCause.WRITE_TIMEOUT
                ? new ClientDisconnectedException("The client has gone (" + why + ")", failure)
                : new StreamEndedException("The stream has ended (" + why + ")", failure);
    }

    /**
     * The current thread begins to run the generator.
     *
     * @return false if the stream has ended, in which case nobody would interrupt the generator any more
     */
    synchronized boolean generatorStarts() {
        generator = Thread.currentThread();
        return !hasEnded();
    }

    /** The generator has returned or thrown. Clears an interrupt that was meant for it. */
    synchronized void generatorReturned() {
        generator = null;
        generatorReturned = true;
        Thread.interrupted();
    }

    /** Returns whether the generator has returned or thrown. */
    boolean hasGeneratorReturned() {
        return generatorReturned;
    }

    /** Interrupts the generator if it runs. */
    synchronized void interruptGenerator() {
        if (generator != null) {
            generator.interrupt();
        }
    }

    /** The current thread begins to ask the permissions again. */
    synchronized void recheckStarts() {
        recheck = Thread.currentThread();
    }

    /** The permissions have answered. */
    synchronized void recheckReturned() {
        recheck = null;
    }

    /** Interrupts a recheck whose answer nobody waits for any more. */
    synchronized void interruptRecheck() {
        if (recheck != null) {
            recheck.interrupt();
        }
    }
}
