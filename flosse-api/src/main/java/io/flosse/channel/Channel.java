package io.flosse.channel;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A named fan-out: what is published goes to every subscriber, in the same order and, framed once, in the same bytes.
 *
 * <p>A channel is a name and the options of those who subscribe through it, and costs nothing to make. The {@code with}
 * methods return the same channel with other options. What is behind the name begins with the first use and is let go of
 * when nobody subscribes and its history is over.
 *
 * <p>Thread-safe.
 */
public interface Channel {

    /** What happens to a subscriber that is behind by more than its buffer. */
    enum Overflow {
        /**
         * Publishers wait for it, and with them everybody: for subscribers that are sure to keep up. Where publishers are on
         * other machines, it is this one's reading that waits.
         */
        BLOCK,
        /** It misses the oldest of what it has not had, and is told by {@code event: gap}. */
        DROP_OLDEST,
        /**
         * Its stream ends, without the {@code end} event, so that its client comes back with its last event id and gets
         * from the history what it missed. The default: nothing is lost while the history holds it.
         */
        DISCONNECT
    }

    /** Why events did not reach a subscriber. */
    enum Loss {
        /** Dropped from a full buffer. */
        DROPPED,
        /** Replaced by a later event with the same key, as asked for. */
        CONFLATED,
        /** No longer in the history when a subscriber came back for them. */
        TRIMMED,
        /**
         * Times that a subscriber brought an id that the channel does not know, or that its store lost what it had not read
         * yet. How much was missed, nobody can tell.
         */
        UNKNOWN_ID,
        /** Times that a subscriber was disconnected because it was too far behind. */
        DISCONNECTED
    }

    /**
     * The channel's name.
     *
     * @return the name
     */
    String name();

    /**
     * Publishes an event. It has been given its place among all others when this returns.
     *
     * <p>Its data is made text here: a string as it is, anything else as JSON. Maps, lists, arrays, numbers, booleans and
     * {@code JsonValue} need nothing, other objects need {@link Channels#objects}.
     *
     * @param event the event, without an id
     * @return its id, which subscribers get in the {@code id} field
     * @throws IllegalArgumentException if the event brings an id, or data that is no JSON
     * @throws IllegalStateException if the channel has ended
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     * @throws io.flosse.StreamEndedException if the thread is interrupted while it waits for a subscriber with
     *     {@link Overflow#BLOCK}; nothing was published, the interrupt flag stays set
     */
    String publish(SseEvent event);

    /**
     * Ends the channel: no more is published, and each subscriber's sequence is over once it has had what came before.
     * The stream of a route then ends with {@code event: end}. An ended channel is forgotten like any other, and its name
     * is new again. Ending it twice does nothing more.
     *
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    void end();

    /**
     * Subscribes to what is published from now on, after the history if {@link #withHistory} says so.
     *
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    Subscription subscribe();

    /**
     * Subscribes to what was published after an event, with nothing lost or doubled between history and present. What is
     * no longer in the history is told by a first event {@code gap}, and so is an id that the channel does not know;
     * then comes all of the history that there is.
     *
     * @param lastEventId the id of the last event that the subscriber has had, any string
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    Subscription subscribe(String lastEventId);

    /**
     * Subscribes for a request: after its {@code Last-Event-ID}, if it brings one.
     *
     * @param request the request
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, or the family was closed
     */
    default Subscription subscribe(SseRequest request) {
        return request.lastEventId().map(this::subscribe).orElseGet(this::subscribe);
    }

    /**
     * How many subscriptions are open on this machine.
     *
     * @return the count, 0 for a channel that nobody has used
     */
    int subscribers();

    /**
     * What did not reach subscribers on this machine, since the channel's first use.
     *
     * @return a count for each cause, zeros included
     */
    Map<Loss, Long> lossCounters();

    /**
     * This channel for subscribers who, when they bring no last event id, get the whole history first.
     *
     * @return the channel with this option
     */
    Channel withHistory();

    /**
     * This channel for subscribers who want some of its events only.
     *
     * @param filter which, asked on the subscriber's thread (with {@link #withConflation}: on the publisher's); it sees the
     *     data as text. With a filter a gap cannot tell how many events were missed
     * @return the channel with this option
     */
    Channel withFilter(Predicate<SseEvent> filter);

    /**
     * This channel for subscribers who may be behind by so many events, not counting the history that they asked for. A
     * buffer takes no memory of its own: all subscribers of a channel read the same events, of which as many are held as the
     * slowest needs.
     *
     * @param events how many, at least 1; 1024 by default
     * @return the channel with this option
     * @throws IllegalArgumentException if it is less than 1
     */
    Channel withBuffer(int events);

    /**
     * This channel for subscribers of whom one that is behind by more than its buffer is treated so.
     *
     * @param overflow what happens to it, {@link Overflow#DISCONNECT} by default
     * @return the channel with this option, and without conflation
     */
    Channel withOverflow(Overflow overflow);

    /**
     * This channel for subscribers who want the latest of each kind: of the events that one has not had yet, those with
     * the key of a later one are left out. More keys than its buffer has room for drop the oldest, told by a gap.
     *
     * @param key of which kind an event is, asked on the publisher's thread, so it must be quick
     * @return the channel with this option
     */
    Channel withConflation(Function<SseEvent, ?> key);
}
