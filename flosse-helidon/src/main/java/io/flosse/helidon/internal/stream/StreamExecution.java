package io.flosse.helidon.internal.stream;

import io.flosse.EndCause;
import io.flosse.ServiceUnavailableException;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.StreamEndedException;
import io.flosse.helidon.internal.request.CleanupStack;
import io.flosse.helidon.internal.request.Failure;
import io.flosse.helidon.internal.request.RequestView;
import io.flosse.helidon.internal.request.TemporaryRefusal;
import io.flosse.helidon.internal.server.FlosseRuntime;
import io.flosse.helidon.internal.settings.FeatureSettings;
import io.flosse.helidon.internal.settings.RouteSettings;
import io.flosse.helidon.internal.settings.StreamTimes;
import io.flosse.helidon.internal.transport.Http1Transport;
import io.flosse.helidon.internal.transport.StreamHeaders;
import io.flosse.helidon.internal.transport.StreamTransport;
import io.flosse.helidon.internal.transport.Transport;
import io.flosse.internal.Causes;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.StreamScope;
import io.flosse.internal.channel.fanout.SlowConsumerException;
import io.flosse.internal.wire.EventIds;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.Header;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The execution of one admitted request: opens the stream, runs the event source and finishes the stream. */
public final class StreamExecution {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    private final EventSource source;
    private final RouteSettings settings;
    private final FlosseRuntime runtime;
    private final RequestView view;
    private final ServerRequest request;
    private final StreamLifecycle lifecycle;
    private final Transport transport;
    private final SseStream stream;
    private final RefusedCalls refusedCalls;
    private final StreamSink sink;
    private final RegisteredStream registered;
    private final StreamTimers timers;

    public StreamExecution(
            EventSource source,
            RouteSettings settings,
            FlosseRuntime runtime,
            RequestView view,
            ServerRequest request,
            ServerResponse response,
            BooleanSupplier permissionCheck) {
        this.source = source;
        this.settings = settings;
        this.runtime = runtime;
        this.view = view;
        this.request = request;
        lifecycle = new StreamLifecycle(request.prologue().method().equals(Method.GET), settings.interruptOnLeave);
        StreamHeaders headers = headers();
        transport = Http1Transport.of(request, response, headers, lifecycle.writes(), runtime::warnOfHiddenConnection)
                .orElseGet(() -> streamTransport(request, response, headers));
        StreamCounts counts = new StreamCounts(runtime.totals());
        StreamTimes times = settings.times(runtime.settings());
        stream = new SseStream(
                lifecycle,
                transport,
                settings.retry.or(runtime.settings()::retry),
                times.comments(),
                counts,
                runtime.scheduler(),
                runtime.buffers());
        String route = view.route();
        refusedCalls = new RefusedCalls(() -> "The generator of " + route, runtime.warnings());
        sink = new StreamSink(
                stream,
                runtime.json(request.listenerContext().mediaContext()),
                settings.eventNames,
                runtime.sleepTimer(),
                refusedCalls);
        registered = new RegisteredStream(route, view, stream, counts, lifecycle, transport, settings.finishOnDrain);
        timers = new StreamTimers(
                runtime.scheduler(),
                stream,
                lifecycle,
                times,
                view.peekIdentity().flatMap(identity -> identity.expiry()),
                () -> isStillPermitted(permissionCheck));
    }

    /**
     * Asks the permissions again. An exception counts as a refusal; it is not logged if the stream has ended meanwhile.
     *
     * @throws ServiceUnavailableException if a permission can't answer at the moment
     */
    private boolean isStillPermitted(BooleanSupplier permissionCheck) {
        try {
            return permissionCheck.getAsBoolean();
        } catch (ServiceUnavailableException e) {
            LOGGER.log(Level.DEBUG, "The permission recheck of " + view.where() + " got no answer", e);
            throw e;
        } catch (Throwable e) {
            if (!lifecycle.hasEnded()) {
                Failure.log(e, "The permission recheck of " + view.where());
            }
            return false;
        }
    }

    /** Returns the headers of the response. They are computed before anything opens, so that a failure is a status. */
    private StreamHeaders headers() {
        List<Header> ofRoute = new ArrayList<>(settings.header);
        try {
            for (Function<SseRequest, Map<String, String>> computed : settings.headers) {
                Objects.requireNonNull(computed.apply(view), "headers(...) returned null; return an empty map")
                        .forEach((name, value) -> ofRoute.add(StreamHeaders.ofRoute(name, value)));
            }
        } catch (Throwable e) {
            throw Failure.beforeOpen(e, "The computation of the response headers of " + view.where());
        }
        return new StreamHeaders(ofRoute);
    }

    private StreamTransport streamTransport(ServerRequest request, ServerResponse response, StreamHeaders headers) {
        try {
            return StreamTransport.of(
                    request,
                    response,
                    headers,
                    lifecycle.writes(),
                    settings.times(runtime.settings()).writeTimeout());
        } catch (IllegalStateException e) {
            throw Failure.beforeOpen(e, "The stream of " + view.where());
        }
    }

    /**
     * Runs the stream to its end.
     *
     * @param completionEvent the last event of a stream that completes; none if empty
     * @param cleanup receives the actions that release what the stream uses
     * @throws TemporaryRefusal if a limit is reached, or if the stream ends before it opens
     */
    public void run(Optional<SseEvent> completionEvent, CleanupStack cleanup) {
        if (!transport.enter(runtime.settings().maxStreamsPerConnection())) {
            throw runtime.connectionLimitReached();
        }
        cleanup.add(transport::leave);
        runtime.register(registered);
        cleanup.add(this::unregister);
        cleanup.add(this::releaseResponse);
        cleanup.add(timers::stop);
        if (!transport.watch(this::clientDisconnected)) {
            runtime.warnOfUnwatchedConnection(request);
        }
        transport.onStop(this::drain);
        timers.start();
        try {
            finish(generate(), completionEvent);
        } finally {
            stream.discardUnwritten();
        }
        if (!needsNoAnswer()) {
            throw endedBeforeOpen();
        }
    }

    /**
     * Answers HEAD: sends the head of the response and no body. It neither runs the generator nor registers a stream.
     *
     * @throws TemporaryRefusal if the channel is unavailable
     * @throws RuntimeException the answer if there is no such channel
     */
    public void answerHead() {
        try {
            source.check(view);
        } catch (RuntimeException | Error e) {
            throw Failure.beforeOpen(e, "The generator of " + view.where());
        }
        transport.prepare();
        try {
            transport.sendHead();
            transport.release();
        } catch (RuntimeException e) {
            throw new CloseConnectionException("The client has disconnected before it got the response to HEAD", e);
        }
    }

    private void unregister() {
        runtime.unregister(registered);
        // An interrupt that was meant for the last write must not reach Helidon.
        Thread.interrupted();
    }

    private void releaseResponse() {
        if (needsNoAnswer()) {
            transport.release();
        } else {
            transport.abandon();
        }
    }

    /** Returns whether the client has an answer already, or has disconnected. */
    private boolean needsNoAnswer() {
        return stream.isOpen() || lifecycle.cause() == EndCause.CLIENT_GONE;
    }

    private void clientDisconnected() {
        if (lifecycle.clientLeft()) {
            transport.cut();
        }
    }

    private void drain() {
        Thread unused = Thread.startVirtualThread(() -> registered.drain(
                runtime.settings().drainGrace(), runtime.settings().reconnectSpread()));
    }

    /** Runs the generator; returns the exception that it threw, null if it returned without an interrupt. */
    private @Nullable Throwable generate() {
        try {
            if (!lifecycle.generatorStarts()) {
                return null;
            }
            if (!settings.openOnFirstYield) {
                stream.open();
            }
            try (StreamScope scope = StreamScope.open(refusedCalls, lifecycle.waits())) {
                source.writeTo(view, sink);
            }
            return Thread.currentThread().isInterrupted() ? new InterruptedException() : null;
        } catch (Throwable thrown) {
            return thrown;
        } finally {
            lifecycle.generatorReturned();
        }
    }

    private void finish(@Nullable Throwable thrown, Optional<SseEvent> completionEvent) {
        if (lifecycle.hasEnded()) {
            if (thrown != null && lifecycle.cause() == EndCause.FAILED && !isInterruption(thrown)) {
                Failure.log(thrown, "The generator of " + view.where());
            } else if (thrown != null) {
                LOGGER.log(
                        Level.DEBUG,
                        () -> "The generator of " + view.where() + " ended with "
                                + LogSanitizer.of(String.valueOf(thrown))
                                + " after its stream had ended (" + lifecycle.cause() + ")");
            }
        } else if (thrown == null) {
            stream.finish(
                    EndCause.COMPLETED,
                    completionEvent.map(this::completionFrame).orElse(StreamExecution::noFrames),
                    completionEvent.filter(SseEvent::hasData).isPresent() ? 1 : 0);
        } else if (thrown instanceof SlowConsumerException) {
            if (!stream.endUnopened(EndCause.SLOW_CONSUMER)) {
                stream.finish(EndCause.SLOW_CONSUMER, StreamExecution::noFrames, 0);
            }
        } else if (isInterruption(thrown)) {
            // flosse did not end the stream, so Helidon has interrupted the generator because the server stops.
            finishDrained();
        } else if (!stream.endUnopened(EndCause.FAILED)) {
            String where = "The generator of " + view.where();
            stream.finish(
                    EndCause.FAILED,
                    Failure.afterOpen(
                            thrown,
                            where,
                            failure -> settings.onError.flatMap(mapping -> mapping.apply(failure)),
                            settings.eventNames::errorEvent,
                            this::errorFrame),
                    1);
        } else {
            throw Failure.beforeOpen(thrown, "The generator of " + view.where());
        }
    }

    /** Encodes the last event. If its data can't be encoded, the id alone is sent: the generator must not run again. */
    private Consumer<FrameBuffer> completionFrame(SseEvent event) {
        try {
            return sink.frame(event);
        } catch (RuntimeException e) {
            Failure.log(e, "The end event of " + view.where());
            return sink.frame(SseEvent.ofId(EventIds.END));
        }
    }

    /** Encodes the event that reports an exception. Unlike a yielded event it may have the reserved id. */
    private Consumer<FrameBuffer> errorFrame(SseEvent event) {
        boolean endsForGood = event.id().filter(EventIds.END::equals).isPresent();
        return sink.frame(endsForGood ? event : EventIds.requireSendable(event));
    }

    private static void noFrames(FrameBuffer out) {}

    private void finishDrained() {
        FeatureSettings server = runtime.settings();
        if (!stream.endUnopened(EndCause.DRAINED)) {
            stream.finish(
                    EndCause.DRAINED,
                    RegisteredStream.reconnectFrame(server.drainGrace(), server.reconnectSpread()),
                    0);
        }
    }

    private static boolean isInterruption(Throwable thrown) {
        return Causes.any(
                thrown,
                cause -> cause instanceof InterruptedException
                        || cause instanceof ClosedByInterruptException
                        || cause instanceof StreamEndedException);
    }

    /** Returns the refusal for a client whose stream was ended by another thread before it opened. */
    private TemporaryRefusal endedBeforeOpen() {
        Duration retryAfter = runtime.isDraining() ? runtime.settings().drainGrace() : Duration.ofSeconds(1);
        return new TemporaryRefusal(
                Status.SERVICE_UNAVAILABLE_503,
                "ended-before-open",
                "The stream was ended before it opened (" + lifecycle.cause() + ")",
                retryAfter);
    }
}
