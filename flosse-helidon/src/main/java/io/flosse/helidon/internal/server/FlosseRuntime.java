package io.flosse.helidon.internal.server;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.request.RequestView;
import io.flosse.helidon.internal.request.SecurityContextAuthenticator;
import io.flosse.helidon.internal.request.TemporaryRefusal;
import io.flosse.helidon.internal.settings.FeatureSettings;
import io.flosse.helidon.internal.timing.CoalescingTimer;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.transport.Http2Limits;
import io.flosse.helidon.internal.transport.UnwatchedConnection;
import io.flosse.internal.Durations;
import io.flosse.internal.RefusedCalls;
import io.flosse.internal.wire.BufferPool;
import io.flosse.internal.wire.FrameBuffer;
import io.helidon.http.Status;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** The state that all streams of one server share: settings, scheduler, registry of open streams, and drain. */
public final class FlosseRuntime {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /**
     * Maximum number of routes named in warnings about generators: with a wildcard in a path, clients choose the names.
     */
    private static final int MAX_WARNED_ROUTES = 100;

    /** Initial size of a frame buffer, in bytes. */
    private static final int INITIAL_BUFFER_SIZE = 256;

    /**
     * Size of the largest pooled frame buffer, in bytes: enough for a full batch, less than a buffer grown by a large
     * event.
     */
    private static final int MAX_POOLED_BUFFER_SIZE = 32 * 1024;

    /**
     * Maximum number of cached JSON supports, one for each media context. Only a JVM that starts many servers without
     * the feature reaches it.
     */
    private static final int MAX_JSON_ENTRIES = 16;

    /**
     * Maximum part of a drain's grace period, in ns, that is kept for the last frames of streams that were left alone
     * until then.
     */
    private static final long MAX_END_TIME = 1_000_000_000;

    /** The default settings. */
    public static final FeatureSettings DEFAULTS = new FeatureSettings(
            Optional.empty(),
            Duration.ofSeconds(8),
            Duration.ofSeconds(30),
            Optional.empty(),
            Integer.MAX_VALUE,
            100,
            false,
            Http2Limits.DEFAULT.resetsPerSecond(),
            Http2Limits.DEFAULT.upgrade(),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            0,
            Duration.ofSeconds(30),
            List.of(SecurityContextAuthenticator.INSTANCE),
            ended -> {},
            HelidonVersion.current());

    private final FeatureSettings settings;
    private final Scheduler scheduler = new Scheduler();
    private final CoalescingTimer sleepTimer = new CoalescingTimer();
    private final StreamTotals totals = new StreamTotals();
    private final BufferPool<FrameBuffer> buffers =
            new BufferPool<>(() -> new FrameBuffer(INITIAL_BUFFER_SIZE), MAX_POOLED_BUFFER_SIZE);
    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(MAX_WARNED_ROUTES);
    private final StreamObservers observers;
    private final Map<MediaContext, JsonSupport> jsonByMediaContext = new ConcurrentHashMap<>();
    private final Set<StreamHandle> openStreams = ConcurrentHashMap.newKeySet();

    /** Tracks requests in admission so that a concurrent revoke also rejects them. */
    private final Set<RequestView> requestsInAdmission = ConcurrentHashMap.newKeySet();

    private final AtomicInteger openCount = new AtomicInteger();
    private final AtomicInteger runningListeners = new AtomicInteger();
    private final AtomicBoolean hiddenConnectionLogged = new AtomicBoolean();

    /** The listeners for which a warning about unnoticed disconnects was logged. */
    private final Set<ListenerContext> unwatchedListeners = ConcurrentHashMap.newKeySet();

    /** Whether the feature has been given to a server. */
    private volatile boolean assigned;

    private volatile boolean draining;

    /** Set as soon as a thread waits for the end of the last stream. */
    private volatile boolean awaitingEmpty;

    private final ReentrantLock drainLock = new ReentrantLock();
    private final Condition streamRemoved = drainLock.newCondition();

    public FlosseRuntime(FeatureSettings settings) {
        this.settings = settings;
        this.observers = new StreamObservers(settings.listener());
    }

    /**
     * Returns the runtime that all servers without the feature share. Routes can be created for each request, so a
     * runtime for each route would start too many threads. Its scheduler's thread ends when it is idle; its sleep timer's thread stays.
     */
    public static FlosseRuntime standalone() {
        return Standalone.RUNTIME;
    }

    private static final class Standalone {
        private static final FlosseRuntime RUNTIME = new FlosseRuntime(DEFAULTS);
    }

    /**
     * Returns the runtime of a request's server; empty if the server does not have the feature, as in a routing test.
     */
    public static Optional<FlosseRuntime> of(ServerRequest request) {
        ListenerContext listener = request.listenerContext();
        return listener.context().get(listener, FlosseRuntime.class);
    }

    /**
     * Registers this runtime for the requests of a listener. It is registered in the context of the listener, since a
     * registration for each request would live as long as the request's stream.
     */
    public void serves(ListenerContext listener) {
        listener.context().register(listener, this);
    }

    /**
     * Undoes {@link #serves}: servers may share a context, which would keep the runtime of a stopped server reachable.
     */
    public void servesNoMore(ListenerContext listener) {
        listener.context().unregister(listener, this);
    }

    public FeatureSettings settings() {
        return settings;
    }

    public Scheduler scheduler() {
        return scheduler;
    }

    public CoalescingTimer sleepTimer() {
        return sleepTimer;
    }

    public StreamTotals totals() {
        return totals;
    }

    public RefusedCalls.Warnings warnings() {
        return warnings;
    }

    public BufferPool<FrameBuffer> buffers() {
        return buffers;
    }

    public StreamObservers observers() {
        return observers;
    }

    /** Returns the JSON support for a media context. */
    public JsonSupport json(MediaContext mediaContext) {
        JsonSupport cached = jsonByMediaContext.get(mediaContext);
        if (cached != null) {
            return cached;
        }
        if (jsonByMediaContext.size() >= MAX_JSON_ENTRIES) {
            jsonByMediaContext.clear();
        }
        return jsonByMediaContext.computeIfAbsent(mediaContext, JsonSupport::new);
    }

    /**
     * Assigns the feature to a server.
     *
     * @throws IllegalStateException if the feature has a server already, or if streams cannot work on this version
     *     of Helidon
     */
    public void setup() {
        StartupChecks.refuseBrokenHelidon(settings.helidon());
        if (assigned) {
            throw new IllegalStateException(
                    "This FlosseFeature belongs to another server. Build a FlosseFeature for each server");
        }
        assigned = true;
    }

    /** Starts the runtime with the server's first listener. Called for each listener that has started. */
    public void started(WebServer server) {
        if (runningListeners.getAndIncrement() > 0) {
            return;
        }
        ShutdownCoordinator.add(this, server.prototype().shutdownHook());
        observers.started(this, server);
        StartupChecks.warn(server.prototype(), settings.helidon());
    }

    /** Stops the runtime with the server's last listener. Called for each listener that has stopped. */
    public void stopped() {
        if (runningListeners.decrementAndGet() > 0) {
            return;
        }
        ShutdownCoordinator.remove(this);
        observers.stopped();
        sleepTimer.close();
        // Streams may still write their last frames, and the scheduler releases a stuck write.
        Thread.startVirtualThread(this::endRemaining);
    }

    private void endRemaining() {
        try {
            awaitEmpty(System.nanoTime() + Durations.nanos(settings.drainGrace()));
            openStreams.forEach(StreamHandle::cut);
        } finally {
            scheduler.close();
        }
    }

    /**
     * Warns once that Helidon does not expose connections, so that streams are written to the response's output stream.
     */
    public void warnOfHiddenConnection(Throwable failure) {
        if (hiddenConnectionLogged.compareAndSet(false, true)) {
            LOGGER.log(
                    Level.WARNING,
                    "Helidon does not expose the connection of a response; flosse writes streams to its output stream"
                            + " and notices a disconnect only when it writes. Use a supported version of Helidon (see"
                            + " README)",
                    failure);
        }
    }

    /** Warns once for each listener that flosse notices the disconnect of a client only when it writes. */
    public void warnOfUnwatchedConnection(ServerRequest request) {
        UnwatchedConnection.reason(request)
                .filter(reason -> unwatchedListeners.add(request.listenerContext()))
                .ifPresent(reason -> LOGGER.log(
                        Level.WARNING,
                        "Listener '" + request.listenerContext().config().name()
                                + "' does not report disconnects; flosse notices them only when it writes: " + reason));
    }

    public boolean isDraining() {
        return draining;
    }

    int openStreamCount() {
        return openCount.get();
    }

    /**
     * Tracks a request in admission, so that a concurrent {@link #revoke} also rejects it.
     *
     * @return the action that stops tracking the request; to be run when the request ends
     */
    public Runnable arriving(RequestView request) {
        requestsInAdmission.add(request);
        return () -> requestsInAdmission.remove(request);
    }

    /**
     * Registers a stream.
     *
     * @throws TemporaryRefusal if the server has too many streams or drains, or if the stream's identity was revoked
     */
    public void register(StreamHandle stream) {
        if (openCount.incrementAndGet() > settings.maxStreams()) {
            openCount.decrementAndGet();
            throw refusal("max-streams", "Too many streams", Duration.ofSeconds(5));
        }
        openStreams.add(stream);
        boolean registered = false;
        try {
            // Checked after the stream was added: either the drain sees the stream, or the stream sees the drain.
            if (draining) {
                throw refusal("draining", "The server is going down", settings.drainGrace());
            }
            // Checked after the stream was added, for the same reason.
            if (stream.isRevoked()) {
                throw refusal(
                        "revoked", "The identity was revoked while the stream was opening", Duration.ofSeconds(1));
            }
            requestsInAdmission.remove(stream.request());
            observers.opened(stream.info());
            registered = true;
        } finally {
            if (!registered) {
                remove(stream);
            }
        }
    }

    /** Returns the refusal for a connection that has the maximum number of streams. */
    public TemporaryRefusal connectionLimitReached() {
        return refusal("max-streams-per-connection", "Too many streams on this connection", Duration.ofSeconds(5));
    }

    private static TemporaryRefusal refusal(String reason, String message, Duration retryAfter) {
        return new TemporaryRefusal(Status.SERVICE_UNAVAILABLE_503, reason, message, retryAfter);
    }

    /** Unregisters a stream whose handler is about to return. */
    public void unregister(StreamHandle stream) {
        remove(stream);
        observers.ended(stream.info());
    }

    private void remove(StreamHandle stream) {
        if (openStreams.remove(stream)) {
            openCount.decrementAndGet();
        }
        if (awaitingEmpty) {
            drainLock.lock();
            try {
                streamRemoved.signalAll();
            } finally {
                drainLock.unlock();
            }
        }
    }

    /** Returns snapshots of the open streams. */
    public List<StreamInfo> streams() {
        return openStreams.stream().map(StreamHandle::info).toList();
    }

    /**
     * Ends the open streams of matching identities, and rejects their requests in admission. Does not wait for the
     * ends.
     *
     * @return the number of open streams that matched
     */
    public int revoke(Predicate<Identity> matching) {
        requestsInAdmission.forEach(request -> request.revoke(matching));
        List<StreamHandle> revoked = openStreams.stream()
                .filter(stream -> stream.identity().filter(matching).isPresent())
                .toList();
        for (StreamHandle stream : revoked) {
            Thread.startVirtualThread(() -> stream.endBy(EndCause.REVOKED));
        }
        return revoked.size();
    }

    /**
     * Refuses new streams, ends the open ones, and waits until all have ended. Streams that may finish are ended when
     * only the time for their last frames is left. Cuts the streams that are open after the grace period.
     *
     * @return the number of streams that were cut
     */
    public int drain(Duration grace) {
        draining = true;
        ShutdownCoordinator.draining();
        long graceNanos = Durations.nanos(grace);
        long deadline = System.nanoTime() + graceNanos;
        Duration endTime = Duration.ofNanos(Math.min(graceNanos / 10, MAX_END_TIME));
        endDraining(stream -> !stream.finishesOnDrain(), grace);
        awaitEmpty(deadline - endTime.toNanos());
        endDraining(StreamHandle::finishesOnDrain, endTime);
        awaitEmpty(deadline);
        List<StreamHandle> overdue = List.copyOf(openStreams);
        overdue.forEach(StreamHandle::cut);
        return overdue.size();
    }

    /** Starts to end matching streams. Their clients are told to stay away for the rest of the grace period. */
    private void endDraining(Predicate<StreamHandle> matching, Duration rest) {
        openStreams.stream()
                .filter(matching)
                .forEach(stream -> Thread.startVirtualThread(() -> stream.drain(rest, settings.reconnectSpread())));
    }

    /**
     * Waits until no stream is open, the deadline (in {@link System#nanoTime()}) has passed or the thread is
     * interrupted.
     */
    private void awaitEmpty(long deadline) {
        awaitingEmpty = true;
        drainLock.lock();
        try {
            long remaining = deadline - System.nanoTime();
            while (!openStreams.isEmpty() && remaining > 0) {
                remaining = streamRemoved.awaitNanos(remaining);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            drainLock.unlock();
        }
    }
}
