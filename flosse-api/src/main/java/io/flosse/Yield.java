package io.flosse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The sink that a {@link Generator} yields its events into.
 *
 * <p>{@code yield} is a restricted word of the Java language: it can be called only behind a receiver, as in
 * {@code sink.yield("hello")}, never as a bare {@code yield("hello")}.
 *
 * <p>An event is on its way to the client when {@code yield} returns, or at most 1 ms later where events follow each
 * other in a burst. The methods may be called from several threads of the generator; frames never interleave.
 *
 * <p>All methods are unchecked throughout:
 *
 * <ul>
 *   <li>{@link ClientDisconnectedException} when the client has gone,
 *   <li>{@link StreamEndedException} when the stream has ended for another reason (its superclass), or when the calling
 *       thread was interrupted; the interrupt flag stays set,
 *   <li>{@link IllegalStateException} after the generator has returned,
 *   <li>{@link IllegalArgumentException} for a value that cannot be sent; nothing is written and the stream goes on.
 * </ul>
 *
 * <p>Let the first three pass. Code that catches them in its loop and goes on would take a whole processor, so after the
 * first eight of a thread each further call waits before it throws, longer each time up to 1 s, and the log has one
 * warning that names the route or the job.
 */
public interface Yield {

    /**
     * Yields one value, by its run-time type.
     *
     * <table>
     * <caption>What goes on the wire</caption>
     * <tr><th>value</th><th>frame</th></tr>
     * <tr><td>{@code "hello"}</td><td>{@code data: hello}</td></tr>
     * <tr><td>an {@link SseEvent}</td><td>its fields</td></tr>
     * <tr><td>a map with the key {@code data}</td><td>the fields {@code data}, {@code event}, {@code id},
     * {@code retry}</td></tr>
     * <tr><td>anything else: another map, a list, an array, a number, a boolean, a {@code JsonValue}, a record
     * ...</td><td>{@code data:} and its JSON</td></tr>
     * </table>
     *
     * <p>Each line of the data gets a {@code data:} line of its own, as section 9.2.5 of the standard asks. In a map with
     * {@code data}, {@code retry} is a {@link Duration} or a number of milliseconds.
     *
     * @param value the value, not null
     * @throws NullPointerException if the value is null
     * @throws IllegalArgumentException if the value cannot be sent: a map with {@code data} and a key that is no field, a
     *     NaN or an infinity, an object for which no JSON support is there, more than 1,024 maps and lists inside each other
     */
    void yield(Object value);

    /**
     * Yields a named event: {@code event: update}, {@code data: {"count":1}}. The data is always payload: a string as it
     * is, anything else, maps with a {@code data} key too, as JSON.
     *
     * @param event the event's name, without CR, LF and NUL
     * @param data the payload; null is JSON {@code null}
     * @throws IllegalArgumentException if the name or the payload cannot be sent
     */
    void yield(String event, @Nullable Object data);

    /**
     * Yields a named event with an id, which a client sends back as {@code Last-Event-ID} when it reconnects.
     *
     * @param event the event's name, without CR, LF and NUL
     * @param data the payload; null is JSON {@code null}
     * @param id the id, without CR, LF and NUL
     * @throws IllegalArgumentException if the name, the payload or the id cannot be sent
     */
    void yield(String event, @Nullable Object data, String id);

    /**
     * Writes a comment, {@code : text}, which clients ignore. Each line of the text becomes a comment line.
     *
     * @param text the comment, not null
     */
    void comment(String text);

    /**
     * Waits, writing nothing: the pause between two yields. Like {@link Thread#sleep(Duration)} it ends by the interrupt that the
     * generator's thread gets at the end of its stream, but throws what a yield throws then, so there is no checked exception.
     *
     * <p>Where the streams of a server sleep a thousand times a second or more, those whose time comes within a few milliseconds
     * are woken together, which takes less CPU. A wait is then mostly longer by up to a 64th of it, and no more than 17 ms; and
     * streams that began at the same instant part little by little. Use {@code Thread.sleep} where that matters. A wait of less
     * than some 0.13 to 0.5 s, the longer the fewer sleep, is by itself in any case.
     *
     * @param duration how long at least, not null, and no longer than a century; zero or less is no wait, but throws as well if the
     *     stream has ended
     */
    void sleep(Duration duration);
}
