package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.StreamEndedException;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.helidon.internal.request.CleanupStack;
import io.flosse.helidon.internal.request.Failure;
import io.flosse.helidon.internal.request.RequestView;
import io.flosse.helidon.internal.request.TemporaryRefusal;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.flosse.helidon.internal.settings.FeatureSettings;
import io.flosse.helidon.internal.settings.RouteSettings;
import io.flosse.helidon.internal.transport.Http1Transport;
import io.flosse.helidon.internal.transport.StreamTransport;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.Causes;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.channel.fanout.SlowConsumerException;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The last steps of the pipeline, for one request that has passed the gates: open, generate, finish. */
public final class StreamExecution {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final EventSource source;
    private final RouteSettings settings;
    private final FlosseRuntime runtime;
    private final RequestView view;
    private final ServerRequest request;
    private final StreamLifecycle life = new StreamLifecycle();
    private final Transport transport;
    private final SseStream stream;
    private final RefusedCalls refused;
    private final StreamSink sink;
    private final RegisteredStream entry;
    private final StreamTimers timers;

    public StreamExecution(
            EventSource source,
            RouteSettings settings,
            FlosseRuntime runtime,
            RequestView view,
            ServerRequest request,
            ServerResponse response,
            BooleanSupplier permissions) {
        this.source = source;
        this.settings = settings;
        this.runtime = runtime;
        this.view = view;
        this.request = request;
        transport = Http1Transport.of(request, response, life.writes(), runtime::connectionIsHidden)
                .orElseGet(() -> streamTransport(request, response));
        StreamCounts counts = new StreamCounts(runtime.totals());
        stream = new SseStream(
                life,
                transport,
                settings.retry.or(runtime.settings()::retry),
                counts,
                runtime.scheduler(),
                runtime.buffers());
        String route = view.route();
        refused = new RefusedCalls(() -> "The generator of " + route, runtime.warnings());
        sink = new StreamSink(
                stream, runtime.json(request.listenerContext().mediaContext()), runtime.sleepers(), refused);
        entry = new RegisteredStream(route, view, stream, counts, life, transport);
        timers = new StreamTimers(
                runtime.scheduler(),
                stream,
                life,
                settings.times(runtime.settings()),
                view.peekIdentity().flatMap(identity -> identity.expiry()),
                () -> isStillPermitted(permissions));
    }

    /** An exception is no permission, and noise only while somebody waits for the answer. */
    private boolean isStillPermitted(BooleanSupplier permissions) {
        try {
            return permissions.getAsBoolean();
        } catch (Throwable e) {
            if (!life.hasEnded()) {
                Failure.log(e, "A permission of " + view.where() + ", asked again,");
            }
            return false;
        }
    }

    private StreamTransport streamTransport(ServerRequest request, ServerResponse response) {
        try {
            return StreamTransport.of(
                    request,
                    response,
                    life.writes(),
                    settings.times(runtime.settings()).writeTimeout());
        } catch (IllegalStateException e) {
            throw Failure.beforeOpen(e, "The stream of " + view.where());
        }
    }

    public void run(Optional<SseEvent> end, CleanupStack cleanup) {
        if (!transport.enter(runtime.settings().maxStreamsPerConnection())) {
            throw runtime.connectionIsFull();
        }
        cleanup.add(transport::leave);
        runtime.enter(entry);
        cleanup.add(this::leave);
        cleanup.add(this::releaseResponse);
        cleanup.add(timers::stop);
        if (!transport.watch(this::clientGone)) {
            runtime.leavingIsUnnoticed(request);
        }
        transport.onStop(this::serverStops);
        timers.start();
        try {
            finish(generate(), end);
        } finally {
            stream.discardUnwritten();
        }
        if (!isAnswered()) {
            throw endedBeforeOpen();
        }
    }

    private void leave() {
        runtime.leave(entry);
        // An interrupt that was meant for the last write must not reach Helidon.
        Thread.interrupted();
    }

    private void releaseResponse() {
        if (isAnswered()) {
            transport.release();
        } else {
            transport.abandon();
        }
    }

    /** Whether nobody is to be told anything more. */
    private boolean isAnswered() {
        return stream.isOpen() || life.cause() == EndCause.CLIENT_GONE;
    }

    private void clientGone() {
        if (life.clientLeft()) {
            transport.cut();
        }
    }

    private void serverStops() {
        Thread unused = Thread.startVirtualThread(() ->
                entry.drain(runtime.settings().drainGrace(), runtime.settings().reconnectSpread()));
    }

    /** Runs the generator, and gives back what it threw. */
    private @Nullable Throwable generate() {
        try {
            if (!life.generatorStarts()) {
                return null;
            }
            if (!settings.openOnFirstYield) {
                stream.open();
            }
            try (StreamScope scope = StreamScope.open(refused)) {
                source.writeTo(view, sink);
            }
            return Thread.currentThread().isInterrupted() ? new InterruptedException() : null;
        } catch (Throwable thrown) {
            return thrown;
        } finally {
            life.generatorReturned();
        }
    }

    private void finish(@Nullable Throwable thrown, Optional<SseEvent> end) {
        if (life.hasEnded()) {
            if (thrown != null && life.cause() == EndCause.FAILED) {
                Failure.log(thrown, "The generator of " + view.where());
            } else if (thrown != null) {
                LOGGER.log(Level.DEBUG, () -> "The generator of " + view.where() + " ended by " + thrown);
            }
        } else if (thrown == null) {
            stream.finish(
                    EndCause.COMPLETED, end.map(sink::frame).orElse(StreamExecution::nothing), end.isPresent() ? 1 : 0);
        } else if (thrown instanceof SlowConsumerException) {
            stream.finish(EndCause.SLOW_CONSUMER, StreamExecution::nothing, 0);
        } else if (isInterruption(thrown)) {
            // Not by flosse, so by Helidon, whose server is stopping.
            drained();
        } else if (!stream.endUnopened(EndCause.FAILED)) {
            String where = "The generator of " + view.where();
            stream.finish(EndCause.FAILED, Failure.afterOpen(thrown, where, settings.onError, sink::frame), 1);
        } else if (thrown instanceof ChannelUnavailableException) {
            throw unavailable(thrown);
        } else {
            throw Failure.beforeOpen(thrown, "The generator of " + view.where());
        }
    }

    /** A store that is away for the moment: an EventSource must come back. */
    private TemporaryRefusal unavailable(Throwable thrown) {
        LOGGER.log(Level.DEBUG, "No channel for " + view.where(), thrown);
        runtime.observers().refused("unavailable");
        return new TemporaryRefusal(
                Status.SERVICE_UNAVAILABLE_503, "The channel is not available at the moment", Duration.ofSeconds(1));
    }

    private static void nothing(FrameBuffer out) {}

    private void drained() {
        FeatureSettings server = runtime.settings();
        if (!stream.endUnopened(EndCause.DRAINED)) {
            stream.finish(
                    EndCause.DRAINED, RegisteredStream.farewell(server.drainGrace(), server.reconnectSpread()), 0);
        }
    }

    private static boolean isInterruption(Throwable thrown) {
        return Causes.any(
                thrown,
                cause -> cause instanceof InterruptedException
                        || cause instanceof ClosedByInterruptException
                        || cause instanceof StreamEndedException);
    }

    /** The answer to a client whose stream was ended from outside before it opened. */
    private TemporaryRefusal endedBeforeOpen() {
        Duration wait = runtime.isDraining() ? runtime.settings().drainGrace() : Duration.ofSeconds(1);
        return new TemporaryRefusal(
                Status.SERVICE_UNAVAILABLE_503, "The stream was ended before it opened (" + life.cause() + ")", wait);
    }
}
