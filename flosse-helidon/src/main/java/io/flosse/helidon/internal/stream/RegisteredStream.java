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

/** One entry of the register of open streams: what is known of a stream, and the ways to end it from outside. */
final class RegisteredStream implements StreamHandle {

    private final String route;
    private final RequestView request;
    private final SseStream stream;
    private final StreamCounts counts;
    private final StreamLifecycle life;
    private final Transport transport;
    private final Instant opened = Instant.now();
    private final long openedNanos = System.nanoTime();

    RegisteredStream(
            String route,
            RequestView request,
            SseStream stream,
            StreamCounts counts,
            StreamLifecycle life,
            Transport transport) {
        this.route = route;
        this.request = request;
        this.stream = stream;
        this.counts = counts;
        this.life = life;
        this.transport = transport;
    }

    @Override
    public Optional<Identity> identity() {
        return request.peekIdentity();
    }

    @Override
    public RequestView request() {
        return request;
    }

    /** Whether its identity was revoked before the stream was in the register. */
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
                opened,
                Duration.ofNanos(System.nanoTime() - openedNanos),
                counts.events(),
                counts.bytes(),
                counts.heartbeats(),
                counts.unwritten(),
                Optional.ofNullable(life.cause()));
    }

    @Override
    public void endBy(EndCause why) {
        stream.endBy(why, farewell -> {});
    }

    /** Sends the client away for at least the grace, and then ends the stream. */
    @Override
    public void drain(Duration grace, Duration spread) {
        stream.endBy(EndCause.DRAINED, farewell(grace, spread));
    }

    static Consumer<FrameBuffer> farewell(Duration grace, Duration spread) {
        Duration retry = grace.plusMillis(ThreadLocalRandom.current().nextLong(spread.toMillis() + 1));
        return out -> Frames.retry(out, retry);
    }

    /** Breaks the stream off, in mid-frame if need be. */
    @Override
    public void cut() {
        life.cut();
        transport.cut();
    }
}
