package io.flosse.internal.channel.backend;

import io.flosse.SseEvent;
import io.flosse.channel.Channel.Overflow;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What those who subscribe through a channel's view asked for.
 *
 * @param history whether a subscriber without a last event id gets the history first
 * @param filter which events it wants, all if empty
 * @param buffer by how many live events it may be behind
 * @param overflow what happens beyond that
 * @param conflation which events replace each other, none if empty
 */
public record SubscriberOptions(
        boolean history,
        Optional<Predicate<SseEvent>> filter,
        int buffer,
        Overflow overflow,
        Optional<Function<SseEvent, ?>> conflation) {

    /**
     * What holds where nothing was said.
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
     * How many events a gap may say were missed.
     *
     * @param events how many there were before the filter
     * @return the count, empty where the filter would have left some out
     */
    public Optional<Long> missed(long events) {
        return filter.isPresent() ? Optional.empty() : Optional.of(events);
    }
}
