package io.flosse.internal.channel;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.LossCounters;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** A channel in a user's hands: its name and the options of its subscribers; whatever it does, the family does. */
final class ChannelView implements Channel {

    private final ChannelRegistry registry;
    private final String name;
    private final String stored;
    private final SubscriberOptions options;

    /**
     * A handle.
     *
     * @param stored the name that the backend knows
     */
    ChannelView(ChannelRegistry registry, String name, String stored, SubscriberOptions options) {
        this.registry = registry;
        this.name = name;
        this.stored = stored;
        this.options = options;
    }

    private ChannelView with(SubscriberOptions changed) {
        return new ChannelView(registry, name, stored, changed);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String publish(SseEvent event) {
        ChannelsRuntime running = registry.running();
        Payload payload = Payload.of(event, running.json());
        try {
            return running.backend().publish(stored, payload);
        } finally {
            running.used();
        }
    }

    @Override
    public void end() {
        ChannelsRuntime running = registry.running();
        try {
            running.backend().end(stored, Optional.empty());
        } finally {
            running.used();
        }
    }

    @Override
    public Subscription subscribe() {
        return subscribe(Optional.empty());
    }

    @Override
    public Subscription subscribe(String lastEventId) {
        // An empty id is how a client says that it has none.
        return subscribe(Optional.of(lastEventId).filter(id -> !id.isEmpty()));
    }

    private Subscription subscribe(Optional<String> lastEventId) {
        ChannelsRuntime running = registry.running();
        try {
            return running.backend().subscribe(stored, options, lastEventId);
        } finally {
            running.used();
        }
    }

    @Override
    public int subscribers() {
        return registry.ifRunning()
                .map(running -> running.backend().subscribers(stored))
                .orElse(0);
    }

    @Override
    public Map<Loss, Long> lossCounters() {
        return registry.ifRunning()
                .map(running -> running.backend().lossCounters(stored))
                .orElseGet(() -> new LossCounters().counts());
    }

    @Override
    public Channel withHistory() {
        return with(options.withHistory());
    }

    @Override
    public Channel withFilter(Predicate<SseEvent> filter) {
        return with(options.withFilter(Objects.requireNonNull(filter)));
    }

    @Override
    public Channel withBuffer(int events) {
        if (events < 1) {
            throw new IllegalArgumentException("A buffer has room for at least 1 event, not " + events);
        }
        return with(options.withBuffer(events));
    }

    @Override
    public Channel withOverflow(Overflow overflow) {
        return with(options.withOverflow(Objects.requireNonNull(overflow)));
    }

    @Override
    public Channel withConflation(Function<SseEvent, ?> key) {
        return with(options.withConflation(Objects.requireNonNull(key)));
    }

    @Override
    public String toString() {
        return "Channel[" + name + "]";
    }
}
