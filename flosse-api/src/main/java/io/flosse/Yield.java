package io.flosse;

import org.jspecify.annotations.Nullable;

/**
 * The sink for the events of a {@link Generator}.
 *
 * <p>An event has been sent to the client when {@code yield} returns, or at most 1 ms later during a burst of events.
 * Several threads of the generator may call the methods; frames are never interleaved.
 *
 * <p>All methods throw only unchecked exceptions:
 *
 * <ul>
 *   <li>{@link ClientDisconnectedException} if the client has disconnected,
 *   <li>{@link StreamEndedException}, its superclass, if the stream has ended for another reason or the calling thread
 *       was interrupted; the interrupt flag stays set,
 *   <li>{@link IllegalStateException} after the generator has returned,
 *   <li>{@link IllegalArgumentException} for a value that cannot be sent; nothing is written and the stream continues.
 * </ul>
 *
 * <p>Do not catch the first three. A loop that swallows them would occupy a whole processor. So after a thread has
 * received eight of them, each further call waits before it throws. The wait grows up to 1 s. One log warning names the
 * route or the job.
 */
public interface Yield extends EventSink {

    /**
     * Yields a named event with an id. A reconnecting client sends the id back as {@code Last-Event-ID}.
     *
     * @param event the event's name, without CR, LF and NUL
     * @param data the payload; null is JSON {@code null}
     * @param id the id: 1 to 1,024 printable ASCII characters without spaces at the ends, or empty, which clears the id
     *     stored by the client. {@code flosse:end} is reserved: to end a stream for good, return from the generator
     * @throws IllegalArgumentException if the name, the payload or the id cannot be sent
     */
    void yield(String event, @Nullable Object data, String id);

    /**
     * Writes a comment, {@code : text}, which clients ignore. Each line of the text becomes a comment line. No blank
     * line follows, because some clients deliver an empty event for one (WHATWG 9.2.6).
     *
     * @param text the comment, not null; U+FFFD is sent for an unpaired surrogate
     */
    void comment(String text);
}
