package io.flosse.helidon;

import io.flosse.Generator;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.channel.Subscription;

/** Yields one event, and is then two events behind a channel whose buffer holds one. */
final class FallsBehind implements Generator {

    @Override
    public void generate(SseRequest request, Yield sink) {
        sink.yield("open");
        try (Channels channels = Channels.inMemory()) {
            Channel channel = channels.channel("news").withBuffer(1);
            Subscription slow = channel.subscribe();
            channel.publish(SseEvent.of(1));
            channel.publish(SseEvent.of(2));
            slow.forEach(sink::yield);
        }
    }
}
