package io.flosse.helidon.internal.settings;

import io.flosse.SseEvent;
import io.flosse.auth.Authenticator;
import io.flosse.internal.Durations;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The settings of one route. They are modified only on a copy, before a route is created from that copy. */
public final class RouteSettings {

    /** A stream cannot cost more than 100 heartbeats a second, whatever value a client may choose. */
    private static final Duration MIN_HEARTBEAT = Duration.ofMillis(10);

    public List<Permission> permissions = List.of();
    public Optional<List<Authenticator>> authenticators = Optional.empty();
    public List<Throttle> throttles = List.of();
    public Optional<Duration> retry = Optional.empty();
    public boolean openOnFirstYield;
    public boolean noEndEvent;
    public boolean refuseWithStatus;
    public int maxBodySize = 1024 * 1024;
    public Optional<Duration> heartbeat = Optional.empty();
    public Optional<Duration> writeTimeout = Optional.empty();
    public Optional<Duration> maxDuration = Optional.empty();
    public Optional<Duration> recheck = Optional.empty();
    public Function<Throwable, Optional<SseEvent>> onError = failure -> Optional.empty();

    /** Creates the default settings. */
    public RouteSettings() {}

    /** Creates a copy. */
    public RouteSettings(RouteSettings original) {
        permissions = original.permissions;
        authenticators = original.authenticators;
        throttles = original.throttles;
        retry = original.retry;
        openOnFirstYield = original.openOnFirstYield;
        noEndEvent = original.noEndEvent;
        refuseWithStatus = original.refuseWithStatus;
        maxBodySize = original.maxBodySize;
        heartbeat = original.heartbeat;
        writeTimeout = original.writeTimeout;
        maxDuration = original.maxDuration;
        recheck = original.recheck;
        onError = original.onError;
    }

    /** Checks the heartbeat interval of a route or a server. */
    public static Duration checkHeartbeat(Duration interval) {
        return Durations.zeroOrAtLeast("heartbeat", MIN_HEARTBEAT, interval);
    }

    /** Returns the times of this route, with those of the server as defaults. */
    public StreamTimes times(FeatureSettings defaults) {
        return new StreamTimes(
                heartbeat.orElse(defaults.heartbeat()),
                writeTimeout.orElse(defaults.writeTimeout()),
                maxDuration.or(defaults::maxDuration),
                recheck);
    }
}
