package io.flosse.channel;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A named fan-out. All subscribers receive the published events in the same order. Each event is framed once, and all
 * subscribers receive the same bytes.
 *
 * <p>A channel object consists of a name and the options for its subscribers, and is cheap to create. The {@code with}
 * methods return the same channel with other options. The state behind the name is created at the first use. It is
 * removed when there are no subscribers and the history has expired.
 *
 * <p>Thread-safe.
 */
public interface Channel {

    /** The policy for a subscriber that is behind by more than its buffer. */
    enum Overflow {
        /**
         * Publishers wait for the subscriber, which delays all other subscribers too. Use it for subscribers that
         * reliably keep up. If publishers are on other machines, this machine's reader waits instead.
         */
        BLOCK,
        /** The subscriber misses its oldest unread events. An {@code event: gap} reports the loss. */
        DROP_OLDEST,
        /**
         * The subscriber's stream ends without the {@code end} event. Its client reconnects with its last event id and
         * gets the missed events from the history. The default: no event is lost while the history holds it.
         */
        DISCONNECT
    }

    /** The reasons why events did not reach a subscriber. */
    enum Loss {
        /** Events dropped because the buffer was full. */
        DROPPED,
        /** Events replaced by a later event with the same key, as requested by conflation. */
        CONFLATED,
        /** Events that were no longer in the history when a subscriber reconnected. */
        TRIMMED,
        /**
         * How often a subscriber sent an id unknown to the channel, or the store lost events that were not read yet.
         * The number of missed events is unknown.
         */
        UNKNOWN_ID,
        /** How often a subscriber was disconnected because it was too far behind. */
        DISCONNECTED
    }

    /**
     * Returns the channel's name.
     *
     * @return the name
     */
    String name();

    /**
     * Publishes an event. Its position in the order of all events is fixed when this method returns.
     *
     * <p>The data is converted to text here: a string is used unchanged, any other value as JSON. Maps, lists, arrays,
     * numbers, booleans and {@code JsonValue} are supported; other objects need {@link Channels#objects}.
     *
     * @param event the event, without an id
     * @return its id, which subscribers get in the {@code id} field
     * @throws IllegalArgumentException if the event has an id, or data that cannot be written as JSON
     * @throws IllegalStateException if the channel has ended
     * @throws ChannelUnavailableException if the store can't be reached, or the {@link Channels} are closed
     * @throws io.flosse.StreamEndedException if the thread is interrupted while it waits for a subscriber with
     *     {@link Overflow#BLOCK}. Nothing was published; the interrupt flag stays set
     */
    String publish(SseEvent event);

    /**
     * Ends the channel. Nothing can be published any more, and each subscription ends after the events published
     * before. The stream of a route then ends with {@code event: end}. An ended channel is removed like any other, and
     * its name can then be used again. A second call has no effect.
     *
     * @throws ChannelUnavailableException if the store can't be reached, or the {@link Channels} are closed
     */
    void end();

    /**
     * Subscribes to all events published from now on, preceded by the history if {@link #withHistory} was set.
     *
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, or the {@link Channels} are closed
     */
    Subscription subscribe();

    /**
     * Subscribes to all events published after a given event. No event is lost or duplicated between the history and
     * new events. If events are no longer in the history, the first event is a {@code gap}. If the channel does not
     * know the id, a {@code gap} comes first too, followed by the complete history.
     *
     * @param lastEventId the id of the last event that the subscriber received, any string
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, or the {@link Channels} are closed
     */
    Subscription subscribe(String lastEventId);

    /**
     * Subscribes for a request, after its {@code Last-Event-ID} if it has one.
     *
     * @param request the request
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, or the {@link Channels} are closed
     */
    default Subscription subscribe(SseRequest request) {
        return request.lastEventId().map(this::subscribe).orElseGet(this::subscribe);
    }

    /**
     * Returns the number of open subscriptions on this machine.
     *
     * @return the count, 0 for an unused channel
     */
    int subscribers();

    /**
     * Counts the events that did not reach subscribers on this machine, since the channel's first use.
     *
     * @return a count for each reason, zeros included
     */
    Map<Loss, Long> lossCounters();

    /**
     * Returns this channel with replay: subscribers without a last event id get the complete history first.
     *
     * @return the channel with this option
     */
    Channel withHistory();

    /**
     * Returns this channel with a filter: subscribers receive only the matching events.
     *
     * @param filter accepts an event. It sees the data as text and is called on the subscriber's thread; with
     *     {@link #withConflation}, on the publisher's thread. With a filter, a gap cannot report the number of missed
     *     events
     * @return the channel with this option
     */
    Channel withFilter(Predicate<SseEvent> filter);

    /**
     * Returns this channel with another buffer size: the number of events by which a subscriber may be behind, not
     * counting the requested history. A buffer takes no memory of its own. All subscribers of a channel read the same
     * events, and events are held until the slowest subscriber has read them.
     *
     * @param events the number of events, at least 1; 1024 by default
     * @return the channel with this option
     * @throws IllegalArgumentException if it is less than 1
     */
    Channel withBuffer(int events);

    /**
     * Returns this channel with another overflow policy for subscribers that are behind by more than their buffer.
     *
     * @param overflow the policy, {@link Overflow#DISCONNECT} by default
     * @return the channel with this option, and without conflation
     */
    Channel withOverflow(Overflow overflow);

    /**
     * Returns this channel with conflation: of a subscriber's unread events, only the latest of each key is delivered.
     * If there are more keys than the buffer holds, the oldest are dropped and a gap reports it.
     *
     * @param key returns the key of an event. It is called on the publisher's thread, so it must be fast
     * @return the channel with this option
     */
    Channel withConflation(Function<SseEvent, ?> key);
}
