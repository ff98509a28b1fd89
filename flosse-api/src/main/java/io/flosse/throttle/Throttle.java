package io.flosse.throttle;

import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import io.flosse.internal.Addresses;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Bounds how many streams are open at once, or how often they are opened. A route's throttles are asked in order, after
 * the permissions; what they gave is given back exactly once, however the stream ends.
 *
 * <p>A rejection is temporary: 429 with {@code Retry-After}, or for a client that accepts exactly {@code
 * text/event-stream} 200 with one {@code retry:}, so that a browser comes back by itself. A reconnect counts as an
 * opening, since nothing tells it from one that only says so; it locks nobody out, because the wait is honest and the
 * client keeps it. What an opening took from {@link #rate} is used, also where the stream is then refused.
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
     * Whether this throttle is asked before the authenticators. What it gave is given back once they have answered, unless
     * the log-in failed: they found a header, cookie or query parameter that they asked for, and still no identity. So it
     * slows those who guess, and nobody else.
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
     * At most so many openings in a period: that many at once, and then one each {@code period / rate}. It counts for
     * up to 100,000 keys at a time, so that nobody fills its memory; further ones share 1024 counts until there is room.
     *
     * @param rate the number, at least 1
     * @param period the period, longer than zero
     * @param key whose openings are counted together, such as {@link #perIdentity()}
     * @return a new throttle, which counts on this node
     */
    static Throttle rate(int rate, Duration period, Function<SseRequest, String> key) {
        return new RateThrottle(rate, period, key, false);
    }

    /**
     * Slows the guessing of log-ins: at most so many failed ones in a period from an address; until then every request
     * from there is rejected, also one with the right password. Stands before authentication; a log-in that is still under
     * way counts as failed, so that no more than that many can be tried at once. Its memory is bounded as that of
     * {@link #rate}.
     *
     * @param failures the number, at least 1
     * @param period the period, longer than zero
     * @return a new throttle, which counts on this node
     */
    static Throttle failedLogins(int failures, Duration period) {
        return new RateThrottle(failures, period, perAddress(), true);
    }

    /**
     * Counts the streams of an identity together; an anonymous request counts by its address, as in {@link #perAddress()}.
     *
     * @return a key; it throws as that of {@code perAddress} does
     */
    static Function<SseRequest, String> perIdentity() {
        return request -> request.identity()
                .map(Identity::name)
                .map("identity "::concat)
                .orElseGet(() -> "address " + network(request));
    }

    /**
     * Counts the streams of an address together. Of an IPv6 address the network counts, its first 64 bits, since one
     * host has all the addresses of its network.
     *
     * @return a key; it throws an {@link IllegalStateException}, so that the answer is 500, for a request without an address, as
     *     on a Unix domain socket: all clients would be counted as one
     */
    static Function<SseRequest, String> perAddress() {
        return Throttle::network;
    }

    private static String network(SseRequest request) {
        String address = request.remoteAddress();
        if (address.isEmpty()) {
            throw new IllegalStateException(
                    "The request has no address, as on a Unix domain socket, so a throttle cannot count"
                            + " by address: set trusted-hops if a proxy in front writes X-Forwarded-For, or count by identity or route");
        }
        return Addresses.network(address);
    }

    /**
     * Counts all streams of the throttle together.
     *
     * @return a key
     */
    static Function<SseRequest, String> perRoute() {
        return request -> "";
    }

    /** What a {@link Throttle} decided: admitted, with something to give back, or rejected for the moment. */
    final class Admission {

        private final Optional<Duration> retryAfter;
        private final AtomicReference<Runnable> release;

        private Admission(Optional<Duration> retryAfter, Runnable release) {
            this.retryAfter = retryAfter;
            this.release = new AtomicReference<>(release);
        }

        /**
         * Admits the request.
         *
         * @param release what gives back what the request took; run at most once
         * @return the decision
         */
        public static Admission admitted(Runnable release) {
            return new Admission(Optional.empty(), Objects.requireNonNull(release));
        }

        /**
         * Rejects the request for the moment.
         *
         * @param retryAfter the wait until the same request may be admitted, honestly; not negative
         * @return the decision
         */
        public static Admission rejected(Duration retryAfter) {
            if (retryAfter.isNegative()) {
                throw new IllegalArgumentException("retryAfter must not be negative, but is " + retryAfter);
            }
            return new Admission(Optional.of(retryAfter), () -> {});
        }

        /**
         * How long to wait.
         *
         * @return the wait of a rejected request, empty if it is admitted
         */
        public Optional<Duration> retryAfter() {
            return retryAfter;
        }

        /** Gives back what an admitted request took; the second call does nothing. */
        public void release() {
            release.getAndSet(() -> {}).run();
        }
    }
}
