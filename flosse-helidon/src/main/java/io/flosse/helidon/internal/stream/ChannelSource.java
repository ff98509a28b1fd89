package io.flosse.helidon.internal.stream;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.channel.Source;
import io.flosse.channel.Subscription;
import io.flosse.internal.channel.fanout.Subscriber;
import java.util.Objects;
import java.util.function.Function;

/** The events of a channel. It subscribes before the stream opens, so that a missing channel is answered by a true status. */
public final class ChannelSource implements EventSource {

    private final Function<SseRequest, ? extends Source> choice;

    /**
     * Creates a source.
     *
     * @param choice the channel of a request
     */
    public ChannelSource(Function<SseRequest, ? extends Source> choice) {
        this.choice = Objects.requireNonNull(choice);
    }

    @Override
    public void writeTo(SseRequest request, StreamSink sink) {
        try (Subscription subscription = choice.apply(request).subscribe(request)) {
            sink.open();
            // A channel may be the user's own; only flosse's are written by delivery workers.
            if (subscription instanceof Subscriber subscriber) {
                sink.output().ifPresent(subscriber::deliverTo);
            }
            for (SseEvent event : subscription) {
                sink.yield(event);
            }
        }
    }
}
