package io.flosse.helidon.internal.server;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.auth.Identity;
import io.flosse.helidon.internal.request.JsonSupport;
import io.flosse.helidon.internal.request.RequestView;
import io.flosse.helidon.internal.request.SecurityContextAuthenticator;
import io.flosse.helidon.internal.request.TemporaryRefusal;
import io.flosse.helidon.internal.settings.FeatureSettings;
import io.flosse.helidon.internal.timing.Scheduler;
import io.flosse.helidon.internal.timing.Sleepers;
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

/** What all streams of one server share: the settings, the register of the open ones, the ticker, and the drain. */
public final class FlosseRuntime {

    private static final Logger LOGGER = System.getLogger("io.flosse");

    /** Maximum number of routes whose generators are warned of: with a wildcard in a path, clients choose the names. */
    private static final int MOST_WARNINGS = 100;

    /** Bytes of a new buffer of frames. */
    private static final int SMALL_BUFFER = 256;

    /** Bytes of the largest buffer that is kept: one that a burst has filled, not one that a large event made larger. */
    private static final int LARGE_BUFFER = 32 * 1024;

    /** Listeners whose JSON support is kept. Only where servers come and go without the feature are there ever more. */
    private static final int MOST_JSON = 16;

    /** The settings where nothing was configured. */
    public static final FeatureSettings DEFAULTS = new FeatureSettings(
            Optional.empty(),
            Duration.ofSeconds(15),
            Duration.ofSeconds(30),
            Optional.empty(),
            Integer.MAX_VALUE,
            100,
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
    private final Sleepers sleepers = new Sleepers();
    private final StreamTotals totals = new StreamTotals();
    private final BufferPool<FrameBuffer> buffers = new BufferPool<>(() -> new FrameBuffer(SMALL_BUFFER), LARGE_BUFFER);
    private final RefusedCalls.Warnings warnings = new RefusedCalls.Warnings(MOST_WARNINGS);
    private final StreamObservers observers;
    private final Map<MediaContext, JsonSupport> json = new ConcurrentHashMap<>();
    private final Set<StreamHandle> open = ConcurrentHashMap.newKeySet();
    private final Set<RequestView> arriving = ConcurrentHashMap.newKeySet();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger listeners = new AtomicInteger();
    private final AtomicBoolean connectionHidden = new AtomicBoolean();

    /** The listeners of which it was said that a client's leaving is not noticed there. */
    private final Set<ListenerContext> unnoticed = ConcurrentHashMap.newKeySet();

    private volatile boolean inUse;
    private volatile boolean draining;

    /** Set once a thread waits for the last stream to end. */
    private volatile boolean awaited;

    private final ReentrantLock drainLock = new ReentrantLock();
    private final Condition streamLeft = drainLock.newCondition();

    public FlosseRuntime(FeatureSettings settings) {
        this.settings = settings;
        this.observers = new StreamObservers(settings.listener());
    }

    /**
     * The one runtime of all requests that come to a server without the feature: a runtime for each route, of which one may be
     * made for each request, would start threads for each. They end when nothing is waited for.
     */
    public static FlosseRuntime standalone() {
        return Standalone.RUNTIME;
    }

    private static final class Standalone {
        private static final FlosseRuntime RUNTIME = new FlosseRuntime(DEFAULTS);
    }

    /** The runtime of the server that a request came to; nothing where the feature is not there, as in a routing test. */
    public static Optional<FlosseRuntime> of(ServerRequest request) {
        ListenerContext listener = request.listenerContext();
        return listener.context().get(listener, FlosseRuntime.class);
    }

    /**
     * From now on, requests to a listener find this runtime: in the context of the listener, since one of each request would live
     * as long as its stream.
     */
    public void serves(ListenerContext listener) {
        listener.context().register(listener, this);
    }

    /** Undoes {@link #serves}: several servers may share a context, which would keep the runtime of one that has stopped. */
    public void servesNoMore(ListenerContext listener) {
        listener.context().unregister(listener, this);
    }

    public FeatureSettings settings() {
        return settings;
    }

    public Scheduler scheduler() {
        return scheduler;
    }

    public Sleepers sleepers() {
        return sleepers;
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

    public JsonSupport json(MediaContext mediaContext) {
        JsonSupport known = json.get(mediaContext);
        if (known != null) {
            return known;
        }
        if (json.size() >= MOST_JSON) {
            json.clear();
        }
        return json.computeIfAbsent(mediaContext, JsonSupport::new);
    }

    /**
     * The feature was given to a server.
     *
     * @throws IllegalStateException if it has one already, or if streams cannot work on this Helidon
     */
    public void setup() {
        StartupChecks.refuseBrokenHelidon(settings.helidon());
        if (inUse) {
            throw new IllegalStateException("This FlosseFeature belongs to another server: build one for each server");
        }
        inUse = true;
    }

    /** One of the server's listeners has started; each tells. */
    public void started(WebServer server) {
        if (listeners.getAndIncrement() > 0) {
            return;
        }
        ShutdownCoordinator.add(this, server.prototype().shutdownHook());
        observers.started(this, server);
        StartupChecks.warn(server.prototype(), settings.helidon());
    }

    /** One of the server's listeners has stopped. */
    public void stopped() {
        if (listeners.decrementAndGet() > 0) {
            return;
        }
        ShutdownCoordinator.remove(this);
        observers.stopped();
        sleepers.close();
        // Streams may still be writing their last frames, and the ticker releases one that is stuck.
        Thread.startVirtualThread(this::endRemaining);
    }

    private void endRemaining() {
        try {
            awaitEmpty(System.nanoTime() + Durations.nanos(settings.drainGrace()));
            open.forEach(StreamHandle::cut);
        } finally {
            scheduler.close();
        }
    }

    /** Helidon does not show the connection of a request, so its stream goes through the response's output stream. */
    public void connectionIsHidden(Throwable why) {
        if (connectionHidden.compareAndSet(false, true)) {
            LOGGER.log(
                    Level.WARNING,
                    "This version of Helidon does not show flosse the connection of a response, so streams are written through its"
                            + " output stream: a client's leaving is noticed by the next write only. Use a supported version of"
                            + " Helidon (see README)",
                    why);
        }
    }

    /** The leaving of this request's client is noticed by the next write only. */
    public void leavingIsUnnoticed(ServerRequest request) {
        UnwatchedConnection.reason(request)
                .filter(reason -> unnoticed.add(request.listenerContext()))
                .ifPresent(reason -> LOGGER.log(
                        Level.WARNING,
                        "On the listener '" + request.listenerContext().config().name()
                                + "' flosse notices that a client has left" + " only when it writes: " + reason));
    }

    public boolean isDraining() {
        return draining;
    }

    int size() {
        return size.get();
    }

    /**
     * A request has come to the gates. Whom {@link #revoke} names while it is on its way, it is not to become a stream of.
     *
     * @return what is to run when it is done with
     */
    public Runnable arriving(RequestView request) {
        arriving.add(request);
        return () -> arriving.remove(request);
    }

    /** Takes a stream into the register, or throws why not. */
    public void enter(StreamHandle stream) {
        if (size.incrementAndGet() > settings.maxStreams()) {
            size.decrementAndGet();
            throw refusal("max-streams", "Too many streams", Duration.ofSeconds(5));
        }
        open.add(stream);
        boolean entered = false;
        try {
            // Asked after the stream was added: either the drain sees the stream, or the stream sees the drain.
            if (draining) {
                throw refusal("draining", "The server is going down", settings.drainGrace());
            }
            // Asked after the stream was added, for the same reason.
            if (stream.isRevoked()) {
                throw refusal("revoked", "Revoked while it was opening", Duration.ofSeconds(1));
            }
            arriving.remove(stream.request());
            observers.opened(stream.info());
            entered = true;
        } finally {
            if (!entered) {
                remove(stream);
            }
        }
    }

    /** What is thrown where a connection has as many streams as it may have. */
    public TemporaryRefusal connectionIsFull() {
        return refusal("max-streams-per-connection", "Too many streams on this connection", Duration.ofSeconds(5));
    }

    private TemporaryRefusal refusal(String metric, String reason, Duration wait) {
        observers.refused(metric);
        return new TemporaryRefusal(Status.SERVICE_UNAVAILABLE_503, reason, wait);
    }

    /** The handler of a stream is done with it. */
    public void leave(StreamHandle stream) {
        remove(stream);
        observers.ended(stream.info());
    }

    private void remove(StreamHandle stream) {
        if (open.remove(stream)) {
            size.decrementAndGet();
        }
        if (awaited) {
            drainLock.lock();
            try {
                streamLeft.signalAll();
            } finally {
                drainLock.unlock();
            }
        }
    }

    public List<StreamInfo> streams() {
        return open.stream().map(StreamHandle::info).toList();
    }

    public int revoke(Predicate<Identity> whom) {
        arriving.forEach(request -> request.revoke(whom));
        List<StreamHandle> revoked = open.stream()
                .filter(stream -> stream.identity().filter(whom).isPresent())
                .toList();
        for (StreamHandle stream : revoked) {
            Thread.startVirtualThread(() -> stream.endBy(EndCause.REVOKED));
        }
        return revoked.size();
    }

    public int drain(Duration grace) {
        draining = true;
        ShutdownCoordinator.draining();
        long deadline = System.nanoTime() + grace.toNanos();
        for (StreamHandle stream : open) {
            Thread.startVirtualThread(() -> stream.drain(grace, settings.reconnectSpread()));
        }
        awaitEmpty(deadline);
        List<StreamHandle> late = List.copyOf(open);
        late.forEach(StreamHandle::cut);
        return late.size();
    }

    private void awaitEmpty(long deadline) {
        awaited = true;
        drainLock.lock();
        try {
            long left = deadline - System.nanoTime();
            while (!open.isEmpty() && left > 0) {
                left = streamLeft.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            drainLock.unlock();
        }
    }
}
