package io.flosse.helidon.internal.stream;

import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.settings.EventNames;
import io.flosse.helidon.internal.timing.CoalescingTimer;
import io.flosse.internal.Durations;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamWaits;
import io.flosse.internal.channel.fanout.SubscriberOutput;
import io.flosse.internal.wire.EventMapper;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Frames;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Yield of one stream. Encodes values as frames on the yielding thread, and JSON outside of any lock. */
public final class StreamSink implements Yield {

    /** The part of a sleep by which it may be shorter, because the last one was too long: an eighth. */
    private static final int MAX_CORRECTION = 8;

    private final SseStream stream;
    private final JsonSupport json;
    private final EventNames names;
    private final CoalescingTimer sleepTimer;
    private final RefusedCalls refusedCalls;

    /** By how much the last sleep was too long, in ns; 0 once a sleep was shortened by it. */
    private final AtomicLong lateness = new AtomicLong();

    /**
     * Creates the sink of a stream.
     *
     * @param names the names of gaps and errors
     * @param refusedCalls counts the calls after the end of the stream
     */
    public StreamSink(
            SseStream stream,
            JsonSupport json,
            EventNames names,
            CoalescingTimer sleepTimer,
            RefusedCalls refusedCalls) {
        this.stream = stream;
        this.json = json;
        this.names = names;
        this.sleepTimer = sleepTimer;
        this.refusedCalls = refusedCalls;
    }

    /** Opens the stream at once, even if the route opens it with the first yield only. */
    void open() {
        stream.open();
    }

    @Override
    public void yield(Object yielded) {
        try {
            Object value = yielded instanceof SseEvent event ? names.rename(event) : yielded;
            if (value instanceof io.helidon.http.sse.SseEvent event) {
                stream.write(HelidonEvent.frame(event, json), 1);
            } else if (value instanceof FramedEvent event) {
                stream.write(out -> Frames.framed(out, event), 1);
            } else {
                send(EventMapper.event(value));
            }
        } catch (RuntimeException e) {
            throw failed(e);
        }
        refusedCalls.accepted();
    }

    @Override
    public void yield(String event, @Nullable Object data) {
        try {
            send(SseEvent.of(data).withEvent(event));
        } catch (RuntimeException e) {
            throw failed(e);
        }
        refusedCalls.accepted();
    }

    @Override
    public void yield(String event, @Nullable Object data, String id) {
        try {
            send(EventMapper.event(event, data, id));
        } catch (RuntimeException e) {
            throw failed(e);
        }
        refusedCalls.accepted();
    }

    @Override
    public void comment(String text) {
        try {
            stream.write(out -> Frames.comment(out, text), 0);
        } catch (RuntimeException e) {
            throw failed(e);
        }
        refusedCalls.accepted();
    }

    @Override
    public void sleep(Duration duration) {
        try {
            stream.requireLive();
            try {
                sleep(Durations.nanos(duration));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw stream.interrupted(e);
            }
            stream.requireLive();
        } catch (RuntimeException e) {
            throw failed(e);
        }
        refusedCalls.accepted();
    }

    /** Sleeps shorter if the last sleep was too long, so that a loop keeps its rate. */
    private void sleep(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos - Math.min(lateness.getAndSet(0), nanos / MAX_CORRECTION);
        StreamWaits waits = stream.waits();
        Thread sleeper = Thread.currentThread();
        Runnable wakeAction = () -> LockSupport.unpark(sleeper);
        waits.add(wakeAction);
        try {
            sleepTimer.sleepUntil(end, waits::hasEnded);
        } finally {
            waits.remove(wakeAction);
        }
        lateness.set(System.nanoTime() - end);
    }

    /**
     * Returns the exception of a failed call. The end of the stream takes precedence over an invalid value, so that
     * code that skips invalid values notices it. Delays a thread that continues to yield after the end.
     */
    private RuntimeException failed(RuntimeException failure) {
        RuntimeException thrown = failure;
        if (!(failure instanceof StreamEndedException)) {
            try {
                stream.requireLive();
                return failure;
            } catch (StreamEndedException | IllegalStateException ended) {
                thrown = ended;
            }
        }
        refusedCalls.refused();
        return thrown;
    }

    /**
     * Returns the output that delivery workers may write a channel's events to while the generator waits for them;
     * empty if their writes could block.
     */
    Optional<SubscriberOutput> output() {
        return stream.supportsDelivery() ? Optional.of(names.isEmpty() ? stream : renaming()) : Optional.empty();
    }

    private SubscriberOutput renaming() {
        return new SubscriberOutput() {
            @Override
            public boolean write(Supplier<@Nullable SseEvent> events) {
                return stream.write(() -> {
                    SseEvent event = events.get();
                    return event == null ? null : names.rename(event);
                });
            }

            @Override
            public int prefetch() {
                return stream.prefetch();
            }
        };
    }

    private void send(SseEvent event) {
        if (!event.hasData()) {
            stream.write(out -> Frames.event(out, event, null), 0);
        } else if (event.data() instanceof String text) {
            stream.write(out -> Frames.textEvent(out, event, text), 1);
        } else {
            json.json().write(event.data(), data -> stream.write(out -> Frames.jsonEvent(out, event, data), 1));
        }
    }

    /** Encodes an event; returns the writer of its frame. */
    public Consumer<FrameBuffer> frame(SseEvent event) {
        byte @Nullable [] data = event.hasData() ? json.json().data(event.data()) : null;
        return out -> Frames.event(out, event, data);
    }
}
