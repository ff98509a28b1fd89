package io.flosse.helidon.internal.stream;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.channel.Source;
import io.flosse.channel.Subscription;
import io.flosse.helidon.internal.request.Failure;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.channel.fanout.Subscriber;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Function;

/**
 * An event source that subscribes to a channel. It subscribes before the stream opens, so that a request for a missing
 * channel still gets an error status.
 */
public final class ChannelSource implements EventSource {

    private final Function<SseRequest, ? extends Source> channelSelector;

    /**
     * Creates a source.
     *
     * @param channelSelector returns the channel of a request
     */
    public ChannelSource(Function<SseRequest, ? extends Source> channelSelector) {
        this.channelSelector = Objects.requireNonNull(channelSelector);
    }

    @Override
    public void check(SseRequest request) {
        Source unused = select(request);
    }

    /** Returns the channel. The usual exceptions of a selector that gets nonsense mean that there is no channel. */
    private Source select(SseRequest request) {
        try {
            return channelSelector.apply(request);
        } catch (IllegalArgumentException | NoSuchElementException e) {
            throw Failure.noSuchChannel(e, "The channel selector of " + LogSanitizer.of(request.path()));
        }
    }

    @Override
    public void writeTo(SseRequest request, StreamSink sink) {
        try (Subscription subscription = select(request).subscribe(request)) {
            sink.open();
            // Users may implement Channel; delivery workers serve the subscribers of flosse's own channels only.
            if (subscription instanceof Subscriber subscriber) {
                sink.output().ifPresent(subscriber::deliverTo);
            }
            for (SseEvent event : subscription) {
                sink.yield(event);
            }
        }
    }
}
