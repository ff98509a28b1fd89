package io.flosse.channel;

import io.flosse.SseEvent;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A named fan-out. All subscribers receive the published events in the same order. Each event is framed once, and all
 * subscribers receive the same bytes.
 *
 * <p>A channel object consists of a name and the options for its subscribers, and is cheap to create. The {@code with}
 * methods return the same channel with other options. The state behind the name is created at the first use. It is
 * removed when there are no subscribers and the history has expired, at the latest; if nothing was published, with the
 * last subscriber. It is removed earlier if the channels reach {@link Channels.Builder#maxChannels} or {@link
 * Channels.Builder#totalHistoryBytes}.
 *
 * <p>Thread-safe.
 */
public interface Channel extends Source {

    /** The policy for a subscriber that is behind by more than its buffer. */
    enum Overflow {
        /**
         * Publishers wait for the subscriber, which delays all other subscribers too. Use it for subscribers that
         * reliably keep up. If publishers are on other servers, this server's reader waits instead.
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
        /** Events that were no longer in the history, or too large for it, when a subscriber came for them. */
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
     * Publishes an event. Its position in the order of all events is fixed when this method returns.
     *
     * <p>The data is converted to text here: a string is used unchanged, any other value as JSON. Maps, lists, arrays,
     * numbers, booleans and {@code JsonValue} are supported; other objects need {@link Channels.Builder#jsonEncoder}.
     *
     * @param event the event, with data and without an id
     * @return its id, which subscribers get in the {@code id} field
     * @throws IllegalArgumentException if the event has an id or no data, or data that cannot be written as JSON
     * @throws IllegalStateException if the channel has ended
     * @throws ChannelUnavailableException if the store can't be reached, the {@link Channels} are closed, or they have no
     *     room for another channel
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

    @Override
    Channel withHistory();

    @Override
    Channel withFilter(Predicate<SseEvent> filter);

    @Override
    Channel withBuffer(int events);

    @Override
    Channel withOverflow(Overflow overflow);

    @Override
    Channel withConflation(Function<SseEvent, ?> key);
}
