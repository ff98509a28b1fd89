package io.flosse.internal.channel.backend;

import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Subscription;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a family keeps its channels: what an implementation has to bring. Names are valid, a job's has a prefix. Whatever
 * it can't do because its store is away throws {@link io.flosse.channel.ChannelUnavailableException}, within a bounded time.
 */
public interface ChannelBackend extends AutoCloseable {

    /**
     * Gives an event its place and its id.
     *
     * @param name the channel's name
     * @param payload the event
     * @return its id
     * @throws IllegalStateException if the channel has ended
     */
    String publish(String name, Payload payload);

    /**
     * Ends a channel, in one step with its last event; does nothing if it has ended before.
     *
     * @param name the channel's name
     * @param last the last event, if there is to be one
     */
    void end(String name, Optional<Payload> last);

    /**
     * Subscribes.
     *
     * @param name the channel's name
     * @param options what the subscriber asked for
     * @param lastEventId where it was, if it said so; any string
     * @return the subscription
     */
    Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId);

    /**
     * Counts the subscriptions on this machine.
     *
     * @param name the channel's name
     * @return how many are open
     */
    int subscribers(String name);

    /**
     * Counts what subscribers on this machine lost.
     *
     * @param name the channel's name
     * @return a count for each cause
     */
    Map<Loss, Long> lossCounters(String name);

    /**
     * The channels with subscriptions on this machine.
     *
     * @return their names
     */
    Set<String> subscribed();

    /**
     * Who runs which job.
     *
     * @return the ledger of this store
     */
    JobStore jobStore();

    /**
     * Lets go of what is over. Called about once a second while there is something to look after.
     *
     * @return whether there still is
     */
    boolean sweep();

    /** Ends all subscriptions, so that their clients come back; frees what was opened. */
    @Override
    void close();
}
