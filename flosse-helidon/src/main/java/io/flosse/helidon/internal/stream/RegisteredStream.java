package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.request.RequestView;
import io.flosse.helidon.internal.server.StreamHandle;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.wire.FrameBuffer;
import io.flosse.internal.wire.Frames;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** The registry entry of an open stream: describes the stream and ends it on request of other threads. */
final class RegisteredStream implements StreamHandle {

    private final String route;
    private final RequestView request;
    private final SseStream stream;
    private final StreamCounts counts;
    private final StreamLifecycle lifecycle;
    private final Transport transport;
    private final boolean finishesOnDrain;
    private final Instant openedAt = Instant.now();
    private final long openedNanos = System.nanoTime();

    RegisteredStream(
            String route,
            RequestView request,
            SseStream stream,
            StreamCounts counts,
            StreamLifecycle lifecycle,
            Transport transport,
            boolean finishesOnDrain) {
        this.route = route;
        this.request = request;
        this.stream = stream;
        this.counts = counts;
        this.lifecycle = lifecycle;
        this.transport = transport;
        this.finishesOnDrain = finishesOnDrain;
    }

    @Override
    public Optional<Identity> identity() {
        return request.peekIdentity();
    }

    @Override
    public RequestView request() {
        return request;
    }

    @Override
    public boolean isRevoked() {
        return request.isRevoked();
    }

    @Override
    public StreamInfo info() {
        return new StreamInfo(
                route,
                request.remoteAddress(),
                identity(),
                openedAt,
                Duration.ofNanos(System.nanoTime() - openedNanos),
                counts.events(),
                counts.bytes(),
                counts.heartbeats(),
                counts.unwritten(),
                Optional.ofNullable(lifecycle.cause()));
    }

    @Override
    public void endBy(EndCause cause) {
        stream.endBy(cause, noFrames -> {});
    }

    @Override
    public boolean finishesOnDrain() {
        return finishesOnDrain;
    }

    @Override
    public void drain(Duration grace, Duration spread) {
        stream.endBy(EndCause.DRAINED, reconnectFrame(grace, spread));
    }

    /** Returns the last frame of a drained stream: a retry of the grace period plus a random part of the spread. */
    static Consumer<FrameBuffer> reconnectFrame(Duration grace, Duration spread) {
        Duration retry = grace.plusMillis(ThreadLocalRandom.current().nextLong(spread.toMillis() + 1));
        return out -> Frames.retry(out, retry);
    }

    @Override
    public void cut() {
        lifecycle.cut();
        transport.cut();
    }
}
