package io.flosse.examples.clients;

import io.flosse.ServiceUnavailableException;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.StreamEndedException;
import io.flosse.Yield;
import io.flosse.auth.Authenticator;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.flosse.permission.IsAuthenticated;
import io.flosse.throttle.Throttle;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The streams that every client reads: {@code /CLIENT/SCENARIO}, and any path below it. It also serves the files of a folder at
 * {@code /files}, for browsers. All connections pass a {@link CuttingProxy}.
 */
final class ScenarioServer implements AutoCloseable {

    /** The same as in {@code scenarios.mjs}. */
    static final List<String> SCENARIOS = List.of(
            "events", "burst", "heartbeats", "cut", "interrupted", "error", "abort", "401", "403", "429", "503");

    static final List<String> TEXTS =
            List.of("first", "second", "line 1\nline 2\n\nline 4", "café 漢字 😀", "x".repeat(200 * 1024));

    /** The query parameter in which event-source-polyfill sends the id. */
    private static final String LAST_EVENT_ID = "lastEventId";

    static final int BURST = 5000;

    private static final Duration RETRY = Duration.ofMillis(20);

    private static final Duration SILENCE = Duration.ofMillis(600);

    /** How many connections of the scenario "cut" are cut. */
    private static final int CUTS = 3;

    private static final Map<String, String> TYPES =
            Map.of("html", "text/html; charset=utf-8", "js", "text/javascript", "mjs", "text/javascript");

    private final Map<String, Visits> visits = new ConcurrentHashMap<>();
    private final Map<String, SseRoute> routes = new ConcurrentHashMap<>();
    private final AtomicLong heartbeats = new AtomicLong();
    private final Map<String, Protocol> protocols;
    private final Path files;
    private final WebServer server;
    private final CuttingProxy proxy;

    /** What the server saw of one client in one scenario. */
    static final class Visits {
        final AtomicInteger requests = new AtomicInteger();
        final AtomicInteger runs = new AtomicInteger();
        final List<String> lastEventIds = new CopyOnWriteArrayList<>();

        /** Whether the last request was a GET, whose interrupted stream ends properly. */
        volatile boolean byGet;

        /** The times from a cut to the next request. */
        final List<Duration> waits = new CopyOnWriteArrayList<>();

        /** Whether the server noticed that the client left, while the client's process or page was alive. */
        volatile boolean noticed;

        private final CountDownLatch left = new CountDownLatch(1);
        private volatile long cutAt;

        /** Returns whether the server has noticed that the client left. */
        boolean left() {
            return left.getCount() == 0;
        }

        private void arrived(Optional<String> lastEventId, boolean byGet) {
            this.byGet = byGet;
            requests.incrementAndGet();
            lastEventId.ifPresent(lastEventIds::add);
            if (cutAt != 0) {
                waits.add(Duration.ofNanos(System.nanoTime() - cutAt));
            }
        }
    }

    /**
     * Starts the server.
     *
     * @param protocols the protocol of each client
     * @param files the folder of the files
     */
    ScenarioServer(Map<String, Protocol> protocols, Path files) throws IOException {
        this.protocols = protocols;
        this.files = files;
        server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .addFeature(FlosseFeature.builder()
                        .retry(RETRY)
                        .listener(stream -> heartbeats.addAndGet(stream.heartbeats()))
                        .build())
                .routing(routing -> routing.get("/files/{+path}", this::sendFile)
                        .get("/{client}/noticed", this::awaitLeft)
                        .any("/{client}/{scenario}[/{+rest}]", this::handle))
                .build()
                .start();
        proxy = new CuttingProxy(server.port());
    }

    /** Returns the address of a client's scenarios, or of another path. */
    String uri(String path) {
        return "http://127.0.0.1:" + proxy.port() + "/" + path;
    }

    Visits visits(String client, String scenario) {
        return visits.computeIfAbsent(client + "/" + scenario, key -> new Visits());
    }

    /** Returns how many heartbeats the streams have sent that have ended. */
    long heartbeats() {
        return heartbeats.get();
    }

    private void handle(ServerRequest request, ServerResponse response) throws Exception {
        String client = request.path().pathParameters().get("client");
        String scenario = request.path().pathParameters().get("scenario");
        Optional<String> lastEventId = request.headers()
                .first(HeaderNames.create("Last-Event-ID"))
                .or(() -> request.query().first(LAST_EVENT_ID).asOptional());
        visits(client, scenario)
                .arrived(lastEventId, request.prologue().method().equals(Method.GET));
        Handler route = routes.computeIfAbsent(client + "/" + scenario, key -> route(client, scenario));
        route.handle(request, response);
    }

    /** Waits until the server has noticed that the client has left the scenario "abort". */
    private void awaitLeft(ServerRequest request, ServerResponse response) throws InterruptedException {
        awaitLeft(request.path().pathParameters().get("client"));
        response.send();
    }

    void awaitLeft(String client) throws InterruptedException {
        Visits abort = visits(client, "abort");
        abort.noticed = abort.left.await(5, TimeUnit.SECONDS);
    }

    private SseRoute route(String client, String scenario) {
        Protocol protocol = protocols.get(client);
        Visits seen = visits(client, scenario);
        SseRoute route = Flosse.stream((request, sink) -> {
                    seen.runs.incrementAndGet();
                    try {
                        generate(scenario, protocol, seen, request, sink);
                    } catch (StreamEndedException e) {
                        seen.left.countDown();
                        throw e;
                    }
                })
                .openOnFirstYield()
                .lastEventIdParameter(LAST_EVENT_ID)
                .onError(thrown -> protocol.error());
        if (!protocol.hasEndEvent()) {
            route = route.noEndEvent();
        }
        return switch (scenario) {
            // Time for clients that close at the end event, before they would reconnect.
            case "events" -> route.retry(RETRY.multipliedBy(25));
            case "heartbeats" -> route.heartbeat(SILENCE.dividedBy(10));
            case "interrupted" -> route.maxDuration(SILENCE);
            case "401" ->
                route.authenticators(((Authenticator) request -> Optional.empty()).withChallenge("Bearer"))
                        .permissions(new IsAuthenticated());
            case "403" -> route.permissions(request -> false);
            case "429" ->
                route.throttles(request -> seen.requests.get() == 1
                        ? Throttle.Admission.rejected(Duration.ofMillis(100))
                        : Throttle.Admission.admitted(() -> {}));
            default -> route;
        };
    }

    private static void generate(String scenario, Protocol protocol, Visits seen, SseRequest request, Yield sink) {
        if (scenario.equals("503") && seen.requests.get() == 1) {
            throw new ServiceUnavailableException("The store is not reachable", Duration.ofMillis(100));
        }
        protocol.start().forEach(sink::yield);
        switch (scenario) {
            case "events" -> events(protocol, sink);
            case "burst" -> {
                for (int n = 1; n <= BURST; n++) {
                    sink.yield(protocol.text("" + n));
                }
            }
            case "heartbeats" -> {
                sink.yield(protocol.text("1"));
                sink.sleep(SILENCE);
                sink.yield(protocol.text("2"));
            }
            case "cut" -> cut(protocol, seen, request, sink);
            case "interrupted" -> {
                sink.yield(protocol.text("1").withId("1"));
                if (seen.runs.get() == 1) {
                    sink.sleep(Duration.ofMinutes(1)); // until the server ends the stream
                }
            }
            case "error" -> {
                sink.yield(protocol.text("1"));
                if (seen.runs.get() == 1) {
                    throw new IllegalStateException("The scenario fails");
                }
            }
            case "abort" -> {
                for (int n = 1; ; n++) {
                    sink.yield(protocol.text("" + n));
                    sink.sleep(Duration.ofMillis(10));
                }
            }
            default -> sink.yield(protocol.text("1"));
        }
        protocol.end().forEach(sink::yield);
    }

    private static void events(Protocol protocol, Yield sink) {
        for (int i = 0; i < TEXTS.size(); i++) {
            SseEvent event = i == 2 ? protocol.lines(TEXTS.get(i)) : protocol.text(TEXTS.get(i));
            if (i == 1 && protocol == Protocol.SSE) {
                event = event.withEvent("named");
            }
            sink.yield(event.withId("" + (i + 1)));
        }
    }

    /** Sends the events 1 to 5, and goes on behind the last one that the client has. After an event the connection is cut. */
    private static void cut(Protocol protocol, Visits seen, SseRequest request, Yield sink) {
        int first = request.lastEventId().map(Integer::parseInt).orElse(0) + 1;
        for (int n = first; n <= 5; n++) {
            sink.yield(protocol.text("" + n).withId("" + n));
            if (seen.requests.get() <= CUTS) {
                sink.sleep(Duration.ofMillis(50)); // so that the event is not in the packet that the proxy drops
                seen.cutAt = System.nanoTime();
                sink.comment(CuttingProxy.CUT);
                sink.sleep(Duration.ofMinutes(1)); // until the client has left
            }
        }
    }

    private void sendFile(ServerRequest request, ServerResponse response) throws IOException {
        Path file = files.resolve(request.path().pathParameters().get("path")).normalize();
        if (!Files.isRegularFile(file)) { // modules of some packages import others without the extension
            file = file.resolveSibling(file.getFileName() + ".js");
        }
        String name = file.getFileName().toString();
        response.headers().set(HeaderNames.CONTENT_TYPE, TYPES.get(name.substring(name.lastIndexOf('.') + 1)));
        response.send(Files.readAllBytes(file));
    }

    @Override
    public void close() throws IOException {
        server.stop();
        proxy.close();
    }
}
