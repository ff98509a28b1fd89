package io.flosse.helidon.internal.stream;

import io.flosse.ClientDisconnectedException;
import io.flosse.EndCause;
import io.flosse.StreamEndedException;
import io.flosse.helidon.internal.transport.WriteGuard;
import io.flosse.internal.StreamWaits;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one stream: its phase and the cause of its end. Only this class sets the cause and releases the
 * generator: it interrupts the generator's thread or, if the route does not allow that, wakes the threads that wait inside
 * flosse.
 *
 * <table>
 * <caption>Transitions. An event without a row for a phase changes nothing.</caption>
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
 * <p>In CLOSED no more bytes are written. The generator may still run, but it has been released. In ENDING, a write
 * timeout or a cut releases the last write; its failure is END_FAILED. If preparing the response head fails, the stream
 * stays NEW. If the stream is closed during that preparation, it stays CLOSED and counts as opened: Helidon can no
 * longer use the response.
 *
 * <p>After the last frames the body ends ({@link #endsBody}), or it is cut: the HTTP/1.1 connection is closed after a
 * byte that begins no chunk, the HTTP/2 stream is reset.
 */
public final class StreamLifecycle {

    /** The phase of a stream. */
    enum Phase {
        /** Nothing has been written; the response can still have another status. */
        NEW,
        /** The response head has been prepared. */
        OPEN,
        /** The cause of the end is known, and the last frames are being written. */
        ENDING,
        /** No more bytes are written. */
        CLOSED
    }

    /** An event that may change the phase. */
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

    /** Whether the client reconnects by itself after every end, as an EventSource does. */
    private final boolean reconnects;

    /** Written under this object's lock. */
    private volatile State state = new State(Phase.NEW, null);

    /** Whether the response head was prepared. Written under the stream's write lock. */
    private volatile boolean opened;

    private final WriteGuard writes;

    /** {@link StreamWaits#NONE} if the end of the stream interrupts the generator. */
    private final StreamWaits waits;

    // Guarded by this.
    private @Nullable Thread generatorThread;
    private @Nullable Thread recheckThread;

    /** Whether the generator has returned or thrown. */
    private volatile boolean generatorReturned;

    /**
     * Creates the state of a stream that is not open yet.
     *
     * @param reconnects whether the client reconnects by itself after every end: whether the request is a GET
     * @param interrupts whether the end interrupts user code
     */
    public StreamLifecycle(boolean reconnects, boolean interrupts) {
        this.reconnects = reconnects;
        waits = interrupts ? StreamWaits.NONE : new StreamWaits(this::endedIfEnded);
        writes = new WriteGuard(interrupts);
    }

    /** Creates the state of the stream of a GET whose end interrupts the generator. */
    public StreamLifecycle() {
        this(true, true);
    }

    /** Returns the next phase; the same phase if the event changes nothing. */
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

    /** Applies an event; returns whether the phase changed. */
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

    /** Returns the cause of the end; null if the stream has not ended. */
    @Nullable
    EndCause cause() {
        return state.cause;
    }

    /** Returns whether the cause of the end is known. */
    boolean hasEnded() {
        return state.cause != null;
    }

    /** Returns whether the response head was prepared, so that Helidon can no longer use the response. */
    boolean isOpened() {
        return opened;
    }

    /**
     * Returns whether the body ends after the last frames. Otherwise it is cut, so that a client that does not reconnect
     * can distinguish an interrupted answer from a complete one: unless the request is a GET, only a generator that has
     * returned, or whose exception was reported, ends the body.
     */
    boolean endsBody() {
        EndCause cause = cause();
        return reconnects || cause == EndCause.COMPLETED || cause == EndCause.FAILED;
    }

    /** Returns the waits that the end wakes; {@link StreamWaits#NONE} if the end interrupts the generator. */
    StreamWaits waits() {
        return waits;
    }

    private boolean interruptsUserCode() {
        return waits == StreamWaits.NONE;
    }

    /** Returns the guard of the stream's writes. */
    public WriteGuard writes() {
        return writes;
    }

    /** Opens the stream: the response head has been prepared. */
    void opened() {
        opened = true;
        apply(Event.OPENED, null);
    }

    /**
     * Starts to end the stream. If the stream is open, its last frames may follow.
     *
     * @return false if it had already ended
     */
    boolean end(EndCause cause) {
        return apply(Event.END, cause);
    }

    /** Closes the stream after its last frames were written. */
    synchronized void endWritten() {
        apply(Event.END_WRITTEN, state.cause);
    }

    /** Closes the stream with this cause after its last frames could not be written. */
    void endFailed(EndCause cause) {
        apply(Event.END_FAILED, cause);
    }

    /** Closes the stream after a failed write of the current thread. */
    void writeFailed() {
        endInWrite(Event.WRITE_FAILED, writes.causeOfFailure());
    }

    /** Closes the stream after an Error in a write of the current thread: the number of bytes sent is unknown. */
    void writeBroken() {
        endInWrite(Event.WRITE_BROKEN, EndCause.FAILED);
    }

    private synchronized void endInWrite(Event event, EndCause cause) {
        // The generator's own write throws. Its helper threads may still wait.
        if (apply(event, cause) && (!interruptsUserCode() || generatorThread != Thread.currentThread())) {
            releaseGenerator();
        }
    }

    /** Ends the stream and releases its write if the current slice has taken longer than the timeout. */
    void endStuckWrite(Duration timeout) {
        Thread stuck;
        synchronized (this) {
            stuck = writes.stuckWriter(timeout);
            if (stuck == null) {
                return;
            }
            writes.releaseFor(EndCause.WRITE_TIMEOUT);
            apply(Event.WRITE_TIMED_OUT, EndCause.WRITE_TIMEOUT);
            // Before the release: afterwards this thread may wait for a detached writer, which the interrupt must not
            // end.
            releaseGenerator();
        }
        writes.release(stuck);
    }

    /** Closes the stream at once, even inside a frame, because the grace period of a drain is over. */
    void cut() {
        synchronized (this) {
            writes.releaseFor(EndCause.DRAINED);
            apply(Event.CUT, EndCause.DRAINED);
            releaseGenerator();
        }
        writes.release();
    }

    /**
     * Closes the stream after its client has disconnected, and releases its generator and its writer.
     *
     * @return false if the stream had already ended
     */
    boolean clientLeft() {
        synchronized (this) {
            if (!apply(Event.CLIENT_LEFT, EndCause.CLIENT_GONE)) {
                return false;
            }
            releaseGenerator();
        }
        writes.awaitInterruptibleWrite();
        writes.release();
        return true;
    }

    /** Returns the exception that a yield throws after the end of the stream. */
    StreamEndedException ended(@Nullable Throwable failure) {
        EndCause cause = cause();
        return cause == EndCause.CLIENT_GONE || cause == EndCause.WRITE_TIMEOUT
                ? new ClientDisconnectedException("The client has disconnected (" + cause + ")", failure)
                : new StreamEndedException("The stream has ended (" + cause + ")", failure);
    }

    private Optional<StreamEndedException> endedIfEnded() {
        return hasEnded() ? Optional.of(ended(null)) : Optional.empty();
    }

    /**
     * Registers the current thread as the generator's thread.
     *
     * @return false if the stream has ended; the generator must not start, since nothing would release it
     */
    synchronized boolean generatorStarts() {
        generatorThread = Thread.currentThread();
        return !hasEnded();
    }

    /**
     * Removes the generator's thread after the generator has returned or thrown. Clears an interrupt meant for the
     * generator.
     */
    synchronized void generatorReturned() {
        generatorThread = null;
        generatorReturned = true;
        Thread.interrupted();
    }

    /** Returns whether the generator has returned or thrown. */
    boolean hasGeneratorReturned() {
        return generatorReturned;
    }

    /** Releases the generator if it runs, after the cause has been set. */
    synchronized void releaseGenerator() {
        if (!interruptsUserCode()) {
            waits.wakeAll();
        } else if (generatorThread != null) {
            generatorThread.interrupt();
        }
    }

    /** Registers the current thread as the one that rechecks the permissions. */
    synchronized void recheckStarts() {
        recheckThread = Thread.currentThread();
    }

    /** Removes the thread of the recheck after the permissions have answered. */
    synchronized void recheckReturned() {
        recheckThread = null;
    }

    /** Interrupts a running recheck whose result is no longer needed, unless the route does not allow interrupts. */
    synchronized void interruptRecheck() {
        if (recheckThread != null && interruptsUserCode()) {
            recheckThread.interrupt();
        }
    }
}
