package io.flosse.helidon.internal.stream;

import io.flosse.Generator;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.Yield;
import io.flosse.channel.Channel;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.fanout.Subscriber;
import java.util.Objects;
import java.util.function.Function;

/** Streams a channel. It subscribes before the stream opens, so that a channel which isn't there is a true status. */
public final class ChannelGenerator implements Generator {

    private final Function<SseRequest, Channel> choice;

    public ChannelGenerator(Function<SseRequest, Channel> choice) {
        this.choice = Objects.requireNonNull(choice);
    }

    @Override
    public void generate(SseRequest request, Yield sink) {
        try (Subscription subscription = choice.apply(request).subscribe(request)) {
            if (sink instanceof StreamSink stream) {
                stream.open();
                if (subscription instanceof Subscriber subscriber) {
                    stream.output().ifPresent(subscriber::deliverTo);
                }
            }
            for (SseEvent event : subscription) {
                sink.yield(event);
            }
        }
    }
}
