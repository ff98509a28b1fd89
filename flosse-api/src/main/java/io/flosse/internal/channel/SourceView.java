package io.flosse.internal.channel;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.channel.Channel.Loss;
import io.flosse.channel.Channel.Overflow;
import io.flosse.channel.Source;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.backend.SubscriberOptions;
import io.flosse.internal.channel.fanout.LossCounters;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** The user's view of a source: its name and the options of its subscribers. The registry's runtime does the work. */
class SourceView implements Source {

    final ChannelRegistry registry;
    final String backendName;
    private final String name;
    private final SubscriberOptions options;

    /**
     * Creates a view.
     *
     * @param backendName the name in the backend
     */
    SourceView(ChannelRegistry registry, String name, String backendName, SubscriberOptions options) {
        this.registry = registry;
        this.name = name;
        this.backendName = backendName;
        this.options = options;
    }

    /** Returns the same source with other options. */
    SourceView with(SubscriberOptions changed) {
        return new SourceView(registry, name, backendName, changed);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Subscription subscribe() {
        return subscribe(Optional.empty());
    }

    @Override
    public Subscription subscribe(String lastEventId) {
        // Clients without an id may send an empty one.
        return subscribe(Optional.of(lastEventId).filter(id -> !id.isEmpty()));
    }

    private Subscription subscribe(Optional<String> lastEventId) {
        ChannelsRuntime runtime = registry.runtime();
        try {
            return runtime.backend().subscribe(backendName, options, lastEventId);
        } finally {
            runtime.requestMaintenance();
        }
    }

    @Override
    public int subscribers() {
        return registry.runtimeIfStarted()
                .map(runtime -> runtime.backend().subscribers(backendName))
                .orElse(0);
    }

    @Override
    public Map<Loss, Long> losses() {
        return registry.runtimeIfStarted()
                .map(runtime -> runtime.backend().lossCounters(backendName))
                .orElseGet(() -> new LossCounters().counts());
    }

    @Override
    public Source withHistory() {
        return with(options.withHistory());
    }

    @Override
    public Source withFilter(Predicate<SseEvent> filter) {
        return with(options.withFilter(Objects.requireNonNull(filter)));
    }

    @Override
    public Source withBuffer(int events) {
        if (events < 1) {
            throw new IllegalArgumentException("A buffer must hold at least 1 event, but its size is " + events);
        }
        return with(options.withBuffer(events));
    }

    @Override
    public Source withOverflow(Overflow overflow) {
        return with(options.withOverflow(Objects.requireNonNull(overflow)));
    }

    @Override
    public Source withConflation(Function<SseEvent, ?> key) {
        return with(options.withConflation(Objects.requireNonNull(key)));
    }

    @Override
    public String toString() {
        return (this instanceof Channel ? "Channel[" : "Source[") + name + "]";
    }
}
