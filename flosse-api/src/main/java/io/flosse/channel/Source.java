package io.flosse.channel;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Events to subscribe to: those of a {@link Channel}, or of a job. All subscribers receive them in the same order.
 *
 * <p>A source consists of a name and the options for its subscribers, and is cheap to create. The {@code with} methods
 * return the same source with other options.
 *
 * <p>Thread-safe.
 */
public interface Source {

    /**
     * Returns the name of the channel, or the id of the job.
     *
     * @return the name
     */
    String name();

    /**
     * Subscribes to all events published from now on, preceded by the history if {@link #withHistory} was set.
     *
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, the {@link Channels} are closed, or they have no
     *     room for another channel
     */
    Subscription subscribe();

    /**
     * Subscribes to all events published after a given event. No event is lost or duplicated between the history and
     * new events. If events are no longer in the history, the first event is a {@code gap}. If the channel does not
     * know the id, a {@code gap} comes first too, followed by the complete history.
     *
     * @param lastEventId the id of the last event that the subscriber received, any string
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, the {@link Channels} are closed, or they have no
     *     room for another channel
     */
    Subscription subscribe(String lastEventId);

    /**
     * Subscribes for a request, after its {@code Last-Event-ID} if it has one.
     *
     * @param request the request
     * @return a new subscription, to be closed
     * @throws ChannelUnavailableException if the store can't be reached, the {@link Channels} are closed, or they have no
     *     room for another channel
     */
    default Subscription subscribe(SseRequest request) {
        return request.lastEventId().map(this::subscribe).orElseGet(this::subscribe);
    }

    /**
     * Returns the number of open subscriptions on this server.
     *
     * @return the count, 0 for an unused source
     */
    int subscribers();

    /**
     * Counts the events that did not reach subscribers on this server, since the channel's first use.
     *
     * @return a count for each reason, zeros included
     */
    Map<Loss, Long> losses();

    /**
     * Returns this source with replay: subscribers without a last event id get the complete history first.
     *
     * @return the source with this option
     */
    Source withHistory();

    /**
     * Returns this source with a filter: subscribers receive only the matching events.
     *
     * @param filter accepts an event. It sees the data as text and is called on the subscriber's thread; with
     *     {@link #withConflation}, as its key is. With a filter, a gap cannot report the number of missed events
     * @return the source with this option
     */
    Source withFilter(Predicate<SseEvent> filter);

    /**
     * Returns this source with another buffer size: the number of events by which a subscriber may be behind, not
     * counting the requested history. A buffer takes no memory of its own. All subscribers of a channel read the same
     * events, and events are held until the slowest subscriber has read them.
     *
     * @param events the number of events, at least 1; 1024 by default
     * @return the source with this option
     * @throws IllegalArgumentException if it is less than 1
     */
    Source withBuffer(int events);

    /**
     * Returns this source with another overflow policy for subscribers that are behind by more than their buffer.
     *
     * @param overflow the policy, {@link Overflow#DISCONNECT} by default
     * @return the source with this option, and without conflation
     */
    Source withOverflow(Overflow overflow);

    /**
     * Returns this source with conflation: of a subscriber's unread events, only the latest of each key is delivered.
     * If there are more keys than the buffer holds, the oldest are dropped and a gap reports it.
     *
     * @param key returns the key of an event. It is called by the threads that publish, on Redis by the thread that reads the
     *     channel, before the event is published: so it must be fast and thread-safe, and must have no side effects. The
     *     event may have no id yet, and may then not be published after all. The function may use channels
     * @return the source with this option
     */
    Source withConflation(Function<SseEvent, ?> key);
}
