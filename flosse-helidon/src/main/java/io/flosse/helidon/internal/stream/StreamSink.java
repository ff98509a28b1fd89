package io.flosse.helidon.internal.stream;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.timing.Sleepers;
import io.flosse.internal.Durations;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.channel.fanout.SubscriberOutput;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Frames;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a generator yields into: makes frames of values on the yielding thread; JSON outside of any lock. */
public final class StreamSink implements Yield {

    private final SseStream stream;
    private final JsonSupport json;
    private final Sleepers sleepers;
    private final RefusedCalls refused;

    /**
     * A sink of a stream.
     *
     * @param refused counts the calls after its end
     */
    public StreamSink(SseStream stream, JsonSupport json, Sleepers sleepers, RefusedCalls refused) {
        this.stream = stream;
        this.json = json;
        this.sleepers = sleepers;
        this.refused = refused;
    }

    /** Opens the stream before the first yield, where the route would wait for that. */
    void open() {
        stream.open();
    }

    @Override
    public void yield(Object value) {
        try {
            if (value instanceof io.helidon.http.sse.SseEvent event) {
                stream.write(HelidonEvent.frame(event, json), 1);
            } else if (value instanceof FramedEvent event) {
                stream.write(out -> Frames.framed(out, event), 1);
            } else {
                send(EventMapper.event(value));
            }
        } catch (RuntimeException e) {
            throw refused(e);
        }
        refused.accepted();
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        try {
            send(SseEvent.of(data).withEvent(event));
        } catch (RuntimeException e) {
            throw refused(e);
        }
        refused.accepted();
    }

    @Override
    public void yield(String event, @Nullable Object data, String id) {
        try {
            send(SseEvent.of(data).withEvent(event).withId(id));
        } catch (RuntimeException e) {
            throw refused(e);
        }
        refused.accepted();
    }

    @Override
    public void comment(String text) {
        try {
            stream.write(out -> Frames.comment(out, text), 0);
        } catch (RuntimeException e) {
            throw refused(e);
        }
        refused.accepted();
    }

    @Override
    public void sleep(Duration duration) {
        try {
            stream.requireLive();
            try {
                sleepers.sleep(Durations.nanos(duration));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw stream.interrupted(e);
            }
            stream.requireLive();
        } catch (RuntimeException e) {
            throw refused(e);
        }
        refused.accepted();
    }

    /**
     * A call failed. The end of the stream goes before what is wrong with a value, so that code which skips such values hears of
     * it. Delays a thread that goes on after the end.
     */
    private RuntimeException refused(RuntimeException failure) {
        RuntimeException thrown = failure;
        if (!(failure instanceof StreamEndedException)) {
            try {
                stream.requireLive();
                return failure;
            } catch (StreamEndedException | IllegalStateException over) {
                thrown = over;
            }
        }
        refused.refused();
        return thrown;
    }

    /** Where couriers may bring a channel's events while the generator waits for them: not where they would have to wait. */
    Optional<SubscriberOutput> output() {
        return stream.isDirect() ? Optional.of(stream) : Optional.empty();
    }

    private void send(SseEvent event) {
        if (event.data() instanceof String text) {
            stream.write(out -> Frames.textEvent(out, event, text), 1);
        } else {
            json.json().write(event.data(), data -> stream.write(out -> Frames.jsonEvent(out, event, data), 1));
        }
    }

    public Consumer<FrameBuffer> frame(SseEvent event) {
        byte[] data = json.json().data(event.data());
        return out -> Frames.event(out, event, data);
    }
}
