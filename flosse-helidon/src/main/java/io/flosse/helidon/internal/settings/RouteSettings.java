package io.flosse.helidon.internal.settings;

import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.auth.Authenticator;
import io.flosse.internal.Durations;
import io.flosse.internal.LogSanitizer;
import io.flosse.internal.wire.EventIds;
import io.flosse.internal.wire.FramedEvent;
import io.flosse.internal.wire.Json;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.Header;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** The settings of one route. They are modified only on a copy, before a route is created from that copy. */
public final class RouteSettings {

    /** A stream cannot cost more than 100 heartbeats a second, whatever value a client may choose. */
    private static final Duration MIN_HEARTBEAT = Duration.ofMillis(10);

    public List<Permission> permissions = List.of();
    public Optional<List<Authenticator>> authenticators = Optional.empty();
    public List<Throttle> throttles = List.of();
    public Optional<Duration> retry = Optional.empty();
    public List<Header> header = List.of();
    public List<Function<SseRequest, Map<String, String>>> headers = List.of();
    public Optional<StreamChoice> streamIf = Optional.empty();
    public boolean openOnFirstYield;
    public boolean noEndEvent;
    public Optional<SseEvent> endEvent = Optional.empty();
    public EventNames eventNames = EventNames.DEFAULT;
    public Optional<String> lastEventIdParameter = Optional.empty();
    public boolean refuseWithStatus;
    public int maxBodySize = 1024 * 1024;
    public Optional<Duration> heartbeat = Optional.empty();
    public Optional<FramedEvent> heartbeatEvent = Optional.empty();
    public Optional<Duration> writeTimeout = Optional.empty();
    public Optional<Duration> maxDuration = Optional.empty();
    public Optional<Duration> recheck = Optional.empty();
    public boolean finishOnDrain;
    public boolean interruptOnLeave = true;
    public Optional<Function<Throwable, Optional<SseEvent>>> onError = Optional.empty();

    /** False for the onError of a view, which every view has. */
    public boolean onErrorMayEndForGood;

    /** Creates the default settings. */
    public RouteSettings() {}

    /** Creates a copy. */
    public RouteSettings(RouteSettings original) {
        permissions = original.permissions;
        authenticators = original.authenticators;
        throttles = original.throttles;
        retry = original.retry;
        header = original.header;
        headers = original.headers;
        streamIf = original.streamIf;
        openOnFirstYield = original.openOnFirstYield;
        noEndEvent = original.noEndEvent;
        endEvent = original.endEvent;
        eventNames = original.eventNames;
        lastEventIdParameter = original.lastEventIdParameter;
        refuseWithStatus = original.refuseWithStatus;
        maxBodySize = original.maxBodySize;
        heartbeat = original.heartbeat;
        heartbeatEvent = original.heartbeatEvent;
        writeTimeout = original.writeTimeout;
        maxDuration = original.maxDuration;
        recheck = original.recheck;
        finishOnDrain = original.finishOnDrain;
        interruptOnLeave = original.interruptOnLeave;
        onError = original.onError;
        onErrorMayEndForGood = original.onErrorMayEndForGood;
    }

    /** Returns a list with one more element. */
    public static <T> List<T> plus(List<T> list, T element) {
        return Stream.concat(list.stream(), Stream.of(element)).toList();
    }

    /** Checks the heartbeat interval of a route or a server. */
    public static Duration checkHeartbeat(Duration interval) {
        return Durations.zeroOrAtLeast("heartbeat", MIN_HEARTBEAT, interval);
    }

    /**
     * Encodes a heartbeat event, once for all streams of a route.
     *
     * @throws IllegalArgumentException if it has an id, no data, or data that only the media support of a server can
     *     encode
     */
    public static FramedEvent heartbeatEvent(SseEvent event) {
        if (!event.hasData()) {
            throw new IllegalArgumentException(
                    "A heartbeat event needs data, because clients do not dispatch an event without: use"
                            + " SseEvent.of(\"\"), or heartbeat(...) for comments");
        }
        event.id().ifPresent(id -> {
            throw new IllegalArgumentException("A heartbeat must not have an id, but this one has '"
                    + LogSanitizer.of(id) + "': the client would send it as Last-Event-ID in place of the id of the"
                    + " last real event. Use an event without id");
        });
        Json json = new Json(object -> {
            throw new IllegalArgumentException("The heartbeat event is encoded without a server's media support, so"
                    + " its data cannot be a " + object.getClass().getName() + ": use a string or a map");
        });
        return new FramedEvent(event, json.data(event.data()));
    }

    /** Checks an end event; returns it with the reserved id. */
    public static SseEvent checkEndEvent(SseEvent event) {
        event.id().filter(id -> !id.equals(EventIds.END)).ifPresent(id -> {
            throw new IllegalArgumentException("endEvent is always sent with the id '" + EventIds.END
                    + "', but has the id '" + id + "': create it without an id");
        });
        return event.withEndId();
    }

    /** Checks the name of the query parameter that stands for {@code Last-Event-ID}. */
    public static String checkLastEventIdParameter(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("lastEventIdParameter must be the name of a query parameter, but is '"
                    + name + "'; browsers' polyfills use 'lastEventId'");
        }
        return name;
    }

    /** Returns the last event of a stream that completes, with the reserved id; none if empty. */
    public Optional<SseEvent> completionEvent() {
        return noEndEvent ? Optional.empty() : Optional.of(endEvent.orElseGet(eventNames::endEvent));
    }

    /** Returns whether the reserved id is answered with 204: a stream may have sent it at its end, or by {@link #onError}. */
    public boolean sendsEndId() {
        return !noEndEvent || onErrorMayEndForGood;
    }

    /** Returns the times of this route, with those of the server as defaults. */
    public StreamTimes times(FeatureSettings defaults) {
        return new StreamTimes(
                heartbeat.orElse(defaults.heartbeat()),
                heartbeatEvent,
                writeTimeout.orElse(defaults.writeTimeout()),
                maxDuration.or(defaults::maxDuration),
                recheck);
    }
}
