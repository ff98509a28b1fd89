package io.flosse.internal.channel.backend;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Overflow;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The options of the subscribers of a channel's view.
 *
 * @param history whether a subscriber without a last event id gets the history first
 * @param filter accepts the events to deliver, all if empty
 * @param buffer by how many live events a subscriber may be behind
 * @param overflow the policy for a subscriber that is further behind
 * @param conflation returns the key of an event for conflation, none if empty
 */
public record SubscriberOptions(
        boolean history,
        Optional<Predicate<SseEvent>> filter,
        int buffer,
        Overflow overflow,
        Optional<Function<SseEvent, ?>> conflation) {

    /**
     * Returns the default options.
     *
     * @return the options
     */
    public static SubscriberOptions defaults() {
        return new SubscriberOptions(false, Optional.empty(), 1024, Overflow.DISCONNECT, Optional.empty());
    }

    public SubscriberOptions withHistory() {
        return new SubscriberOptions(true, filter, buffer, overflow, conflation);
    }

    public SubscriberOptions withFilter(Predicate<SseEvent> wanted) {
        return new SubscriberOptions(history, Optional.of(wanted), buffer, overflow, conflation);
    }

    public SubscriberOptions withBuffer(int events) {
        return new SubscriberOptions(history, filter, events, overflow, conflation);
    }

    public SubscriberOptions withOverflow(Overflow policy) {
        return new SubscriberOptions(history, filter, buffer, policy, Optional.empty());
    }

    public SubscriberOptions withConflation(Function<SseEvent, ?> key) {
        return new SubscriberOptions(history, filter, buffer, overflow, Optional.of(key));
    }

    /**
     * Returns the number of missed events that a gap may report.
     *
     * @param events the number of events before the filter
     * @return the count, empty with a filter, which may have rejected some of them
     */
    public Optional<Long> missed(long events) {
        return filter.isPresent() ? Optional.empty() : Optional.of(events);
    }
}
