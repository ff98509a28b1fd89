package io.flosse.helidon;

import io.flosse.SseEvent;
import io.flosse.auth.Authenticator;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a route was told. Changed only on the copy that a new route is made of. */
final class RouteSettings {

    List<Permission> permissions = List.of();
    Optional<List<Authenticator>> authenticators = Optional.empty();
    List<Throttle> throttles = List.of();
    Optional<Duration> retry = Optional.empty();
    boolean openOnFirstYield;
    boolean reconnectAfterReturn;
    boolean refuseWithStatus;
    int maxBodySize = 1024 * 1024;
    Optional<Duration> heartbeat = Optional.empty();
    Optional<Duration> writeTimeout = Optional.empty();
    Optional<Duration> maxDuration = Optional.empty();
    Optional<Duration> recheck = Optional.empty();
    Function<Throwable, Optional<SseEvent>> onError = failure -> Optional.empty();

    RouteSettings() {}

    RouteSettings(RouteSettings that) {
        permissions = that.permissions;
        authenticators = that.authenticators;
        throttles = that.throttles;
        retry = that.retry;
        openOnFirstYield = that.openOnFirstYield;
        reconnectAfterReturn = that.reconnectAfterReturn;
        refuseWithStatus = that.refuseWithStatus;
        maxBodySize = that.maxBodySize;
        heartbeat = that.heartbeat;
        writeTimeout = that.writeTimeout;
        maxDuration = that.maxDuration;
        recheck = that.recheck;
        onError = that.onError;
    }

    /** What the route says, and else what the server says. */
    StreamTimes times(FeatureSettings server) {
        return new StreamTimes(
                heartbeat.orElse(server.heartbeat()),
                writeTimeout.orElse(server.writeTimeout()),
                maxDuration.or(server::maxDuration),
                recheck);
    }
}
