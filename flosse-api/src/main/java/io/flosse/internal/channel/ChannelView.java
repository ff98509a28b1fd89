package io.flosse.internal.channel;

import io.flosse.SseEvent;
import io.flosse.channel.Channel;
import io.flosse.internal.channel.backend.Payload;
import io.flosse.internal.channel.backend.SubscriberOptions;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** The user's view of a channel. */
final class ChannelView extends SourceView implements Channel {

    ChannelView(ChannelRegistry registry, String name, SubscriberOptions options) {
        super(registry, name, name, options);
    }

    @Override
    ChannelView with(SubscriberOptions changed) {
        return new ChannelView(registry, name(), changed);
    }

    @Override
    public String publish(SseEvent event) {
        ChannelsRuntime runtime = registry.runtime();
        Payload payload = Payload.of(event, runtime.json());
        try {
            return runtime.backend().publish(backendName, payload);
        } finally {
            runtime.requestMaintenance();
        }
    }

    @Override
    public void end() {
        ChannelsRuntime runtime = registry.runtime();
        try {
            runtime.backend().end(backendName, Optional.empty());
        } finally {
            runtime.requestMaintenance();
        }
    }

    @Override
    public Channel withHistory() {
        return (Channel) super.withHistory();
    }

    @Override
    public Channel withFilter(Predicate<SseEvent> filter) {
        return (Channel) super.withFilter(filter);
    }

    @Override
    public Channel withBuffer(int events) {
        return (Channel) super.withBuffer(events);
    }

    @Override
    public Channel withOverflow(Overflow overflow) {
        return (Channel) super.withOverflow(overflow);
    }

    @Override
    public Channel withConflation(Function<SseEvent, ?> key) {
        return (Channel) super.withConflation(key);
    }
}
