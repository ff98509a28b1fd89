package io.flosse.helidon.internal.settings;

import io.flosse.SseEvent;
import io.flosse.auth.Authenticator;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a route was told. Changed only on the copy that a new route is made of. */
public final class RouteSettings {

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

    public RouteSettings() {}

    public RouteSettings(RouteSettings that) {
        permissions = that.permissions;
        authenticators = that.authenticators;
        throttles = that.throttles;
        retry = that.retry;
        openOnFirstYield = that.openOnFirstYield;
        noEndEvent = that.noEndEvent;
        refuseWithStatus = that.refuseWithStatus;
        maxBodySize = that.maxBodySize;
        heartbeat = that.heartbeat;
        writeTimeout = that.writeTimeout;
        maxDuration = that.maxDuration;
        recheck = that.recheck;
        onError = that.onError;
    }

    /** What the route says, and else what the server says. */
    public StreamTimes times(FeatureSettings server) {
        return new StreamTimes(
                heartbeat.orElse(server.heartbeat()),
                writeTimeout.orElse(server.writeTimeout()),
                maxDuration.or(server::maxDuration),
                recheck);
    }
}
