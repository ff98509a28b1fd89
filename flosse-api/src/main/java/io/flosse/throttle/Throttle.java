package io.flosse.throttle;

import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import java.time.Duration;
import java.util.function.Function;

/**
 * Bounds how many streams are open at once, or how often they are opened. A route's throttles are asked in order, after
 * the permissions; what they gave is given back exactly once, however the stream ends.
 *
 * <p>A rejection is temporary: 429 with {@code Retry-After}, or for a client that accepts exactly {@code
 * text/event-stream} 200 with one {@code retry:}, so that a browser comes back by itself. A reconnect counts as an
 * opening, since nothing tells it from one that only says so; it locks nobody out, because the wait is honest and the
 * client keeps it.
 *
 * <p>An implementation may share its counts between many nodes. An exception is 500.
 */
@FunctionalInterface
public interface Throttle {

    /**
     * Decides on a request.
     *
     * @param request the request, with its identity, but for a throttle that stands before authentication
     * @return the decision
     */
    Admission admit(SseRequest request);

    /**
     * Whether this throttle is asked before the authenticators. What it gave is then given back at once, unless the
     * request brought credentials that no authenticator accepted: so it slows those who guess, and nobody else.
     *
     * @return false unless overridden
     */
    default boolean beforeAuthentication() {
        return false;
    }

    /**
     * At most so many streams open at once.
     *
     * @param streams the number, at least 1
     * @param key whose streams are counted together, such as {@link #perAddress()}
     * @return a new throttle, which counts on this node
     */
    static Throttle concurrent(int streams, Function<SseRequest, String> key) {
        return new ConcurrentThrottle(streams, key);
    }

    /**
     * At most so many openings in a period: that many at once, and then one each {@code period / openings}.
     *
     * @param openings the number, at least 1
     * @param period the period, longer than zero
     * @param key whose openings are counted together, such as {@link #perIdentity()}
     * @return a new throttle, which counts on this node
     */
    static Throttle openings(int openings, Duration period, Function<SseRequest, String> key) {
        return new RateThrottle(openings, period, key, false);
    }

    /**
     * Slows the guessing of log-ins: at most so many failed ones in a period from an address; until then every request
     * from there is rejected, also one with the right password. Stands before authentication.
     *
     * @param failures the number, at least 1
     * @param period the period, longer than zero
     * @return a new throttle, which counts on this node
     */
    static Throttle failedLogins(int failures, Duration period) {
        return new RateThrottle(failures, period, perAddress(), true);
    }

    /**
     * Counts the streams of an identity together; an anonymous request counts by its address.
     *
     * @return a key
     */
    static Function<SseRequest, String> perIdentity() {
        return request -> request.identity()
                .map(Identity::name)
                .map("identity "::concat)
                .orElseGet(() -> "address " + request.remoteAddress());
    }

    /**
     * Counts the streams of an address together.
     *
     * @return a key
     */
    static Function<SseRequest, String> perAddress() {
        return SseRequest::remoteAddress;
    }

    /**
     * Counts all streams of the throttle together.
     *
     * @return a key
     */
    static Function<SseRequest, String> perRoute() {
        return request -> "";
    }
}
