package io.flosse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A sink for events without ids: of a {@link io.flosse.channel.Job}, or of a {@link Generator}, whose {@link Yield}
 * extends it. So a method that takes this type serves both.
 *
 * <p>{@code yield} is a restricted word of the Java language. It can only be called on a receiver, as in
 * {@code sink.yield("hello")}, never as a bare {@code yield("hello")}.
 *
 * <p>Several threads may call the methods. They throw only unchecked exceptions:
 *
 * <ul>
 *   <li>{@link StreamEndedException} if the stream or the job has ended, or the calling thread was interrupted; the
 *       interrupt flag stays set,
 *   <li>{@link IllegalStateException} after the generator or the job has returned,
 *   <li>{@link IllegalArgumentException} for a value that cannot be sent; nothing is sent and the stream continues.
 * </ul>
 *
 * <p>Do not catch the first two. A loop that swallows them would occupy a whole processor. So after a thread has
 * received eight of them, each further call waits before it throws. The wait grows up to 1 s. One log warning names the
 * route or the job.
 */
public interface EventSink {

    /**
     * Yields one value, converted by its run-time type.
     *
     * <table>
     * <caption>Wire format</caption>
     * <tr><th>value</th><th>frame</th></tr>
     * <tr><td>{@code "hello"}</td><td>{@code data: hello}</td></tr>
     * <tr><td>an {@link SseEvent}</td><td>its fields</td></tr>
     * <tr><td>a map with the key {@code data}</td><td>the fields {@code data}, {@code event}, {@code id},
     * {@code retry}</td></tr>
     * <tr><td>anything else: another map, a list, an array, a number, a boolean, a {@code JsonValue}, a record
     * ...</td><td>{@code data:} and its JSON</td></tr>
     * </table>
     *
     * <p>Each line of the data gets its own {@code data:} line (section 9.2.5 of the standard). In a map with
     * {@code data}, {@code retry} is a {@link Duration} or a number of milliseconds.
     *
     * <p>The keys {@code id}, {@code event} and {@code retry} of such a map set fields of the event. So never yield a
     * map that comes from a user or another system: use {@code SseEvent.of(map)}, which always sends it whole, as JSON.
     *
     * @param value the value, not null
     * @throws NullPointerException if the value is null
     * @throws IllegalArgumentException if the value cannot be sent: a map with {@code data} and a key that is not a
     *     field, an id in a job, whose channel assigns ids, the reserved id {@code flosse:end}, a NaN or an infinity, an
     *     object without JSON support, or more than 1,024 levels of nested maps and
     *     lists
     */
    void yield(Object value);

    /**
     * Yields a named event: {@code event: update}, {@code data: {"count":1}}. The data is always the payload: a string
     * is sent unchanged, any other value as JSON, including maps with a {@code data} key.
     *
     * @param event the event's name, without CR, LF and NUL
     * @param data the payload; null is JSON {@code null}
     * @throws IllegalArgumentException if the name or the payload cannot be sent
     */
    void yield(String event, @Nullable Object data);

    /**
     * Waits without writing anything. Like {@link Thread#sleep(Duration)}, it ends when the generator's thread is
     * interrupted at the end of its stream. Unlike it, it then throws the same unchecked exceptions as a yield.
     *
     * <p>Waits between 0.128 s and one minute may be up to 2 ms longer: the streams of a server that are due within 2 ms
     * are woken together, which takes less CPU. If a wait was too long, the next one is shorter by as much, but at most
     * by an eighth. So a loop keeps its rate, and waits in a row together last at least as long as requested.
     *
     * @param duration the wait, not null, and no longer than a century. Zero or less does not wait, but still throws if
     *     the stream has ended
     */
    void sleep(Duration duration);
}
