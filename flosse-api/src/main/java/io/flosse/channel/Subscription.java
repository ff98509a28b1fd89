package io.flosse.channel;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import java.util.Iterator;

/**
 * The events of a channel for one subscriber: a blocking sequence that fits a generator's loop.
 *
 * <pre>{@code
 * try (Subscription subscription = channel.subscribe(request)) {
 *     for (SseEvent event : subscription) {
 *         sink.yield(event);
 *     }
 * }
 * }</pre>
 *
 * <p>Each event has the id that {@link Channel#publish} gave it, and its data as text, as it is on the wire. Yielded as it
 * is, it goes out in the bytes that all subscribers share; a changed one ({@code event.withEvent(...)}) is framed anew.
 *
 * <p>Where something is missing, an event {@code gap} stands in its place, with the data
 * {@code {"missed":n,"oldest":"id"}}: how many events were lost, and the id of the oldest that can still be had. Each is
 * left out where it cannot be known. A gap has no id, so a client that reconnects after it asks again for what was lost.
 *
 * <p>A subscription is for one thread at a time; {@link #close} may come from any. One that was made on a generator's
 * thread is closed at the latest when the generator returns.
 */
public interface Subscription extends Iterable<SseEvent>, AutoCloseable {

    /**
     * The events from here on. All iterators of a subscription share its one place in the channel.
     *
     * <p>{@code hasNext} and {@code next} wait for an event. They throw {@link StreamEndedException} when the waiting
     * thread is interrupted, and leave its interrupt flag set, or when the subscriber fell behind under the policy
     * {@link Channel.Overflow#DISCONNECT}. There is no next event once the channel has ended or the subscription is closed.
     * Code that swallows that and asks again is slowed down, as {@link io.flosse.Yield} says.
     *
     * @return an iterator
     */
    @Override
    Iterator<SseEvent> iterator();

    /** Leaves the channel. A thread that waits for the next event learns that there is none. */
    @Override
    void close();
}
