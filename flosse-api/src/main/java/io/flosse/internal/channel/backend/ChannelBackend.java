package io.flosse.internal.channel.backend;

import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Subscription;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The storage of a registry's channels. Callers pass valid names; the channel of a job has a prefix. If the store is
 * unreachable, methods throw {@link io.flosse.channel.ChannelUnavailableException} within a bounded time.
 */
public interface ChannelBackend extends AutoCloseable {

    /**
     * Publishes an event and assigns its position and id.
     *
     * @param name the channel's name
     * @param payload the event
     * @return its id
     * @throws IllegalStateException if the channel has ended
     */
    String publish(String name, Payload payload);

    /**
     * Ends a channel atomically with its last event. Has no effect if the channel has already ended.
     *
     * @param name the channel's name
     * @param last the last event, empty for none
     */
    void end(String name, Optional<Payload> last);

    /**
     * Subscribes to a channel.
     *
     * @param name the channel's name
     * @param options the subscriber's options
     * @param lastEventId the id of the last event that the subscriber received, any string; empty if unknown
     * @return the subscription
     */
    Subscription subscribe(String name, SubscriberOptions options, Optional<String> lastEventId);

    /**
     * Counts the subscriptions on this server.
     *
     * @param name the channel's name
     * @return the number of open subscriptions
     */
    int subscribers(String name);

    /**
     * Counts the losses of subscribers on this server.
     *
     * @param name the channel's name
     * @return a count for each reason
     */
    Map<Loss, Long> lossCounters(String name);

    /**
     * Returns the channels with subscriptions on this server.
     *
     * @return their names
     */
    Set<String> subscribed();

    /**
     * Returns the store of the jobs.
     *
     * @return the job store of this backend
     */
    JobStore jobStore();

    /**
     * Removes expired state. Called about once a second while there is work.
     *
     * @return whether another run is needed
     */
    boolean sweep();

    /** Ends all subscriptions, so that their clients reconnect, and releases all resources. */
    @Override
    void close();
}
