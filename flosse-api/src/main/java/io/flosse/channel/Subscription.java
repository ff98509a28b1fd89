package io.flosse.channel;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import java.util.Iterator;

/**
 * The events of a channel for one subscriber, as a blocking sequence for the loop of a generator.
 *
 * <pre>{@code
 * try (Subscription subscription = channel.subscribe(request)) {
 *     for (SseEvent event : subscription) {
 *         sink.yield(event);
 *     }
 * }
 * }</pre>
 *
 * <p>Each event has the id assigned by {@link Channel#publish}, and its data as text, as it is on the wire. An
 * unchanged event is written with the bytes shared by all subscribers. A changed one ({@code event.withEvent(...)}) is
 * framed again.
 *
 * <p>Missing events are replaced by an event {@code gap} with the data {@code {"missed":n,"oldest":"id"}}: the number
 * of lost events, and the id of the oldest event that is still available. Each field is left out if it is unknown. A
 * gap has no id, so a client that reconnects after it requests the lost events again.
 *
 * <p>Only one thread at a time may use a subscription; {@link #close} may be called from any thread. A subscription
 * created on a generator's thread is closed at the latest when the generator returns.
 */
public interface Subscription extends Iterable<SseEvent>, AutoCloseable {

    /**
     * Returns an iterator over the remaining events. All iterators of a subscription share its position in the channel.
     *
     * <p>{@code hasNext} and {@code next} wait for an event. They throw {@link StreamEndedException} when the waiting
     * thread is interrupted, and leave its interrupt flag set. They also throw it when the subscriber is too slow under
     * the policy {@link Channel.Overflow#DISCONNECT}. There is no next event once the channel has ended or the
     * subscription is closed. Code that ignores this and asks again is slowed down, as described in
     * {@link io.flosse.Yield}.
     *
     * @return an iterator
     */
    @Override
    Iterator<SseEvent> iterator();

    /** Leaves the channel. A thread that waits for the next event is woken and finds no next event. */
    @Override
    void close();
}
