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
 * A limit on the number of open streams, or on the rate at which they are opened. A route's throttles are called in
 * order, after the permissions. An admission is released exactly once, however the stream ends.
 *
 * <p>A rejection is temporary: the response is 429 with {@code Retry-After}. A GET whose {@code Accept} is exactly
 * {@code text/event-stream} gets 200 with one {@code retry:} instead, so that a browser reconnects by itself. A
 * reconnect counts as an opening, since a client could pretend to reconnect. It locks no client out: the announced wait
 * is exact and the client keeps it. An opening counted by {@link #rate} stays counted even if the stream is refused
 * later.
 *
 * <p>An implementation may share its counts between servers. An exception causes 500, a {@link
 * io.flosse.ServiceUnavailableException} a temporary refusal with 503.
 */
@FunctionalInterface
public interface Throttle {

    /**
     * Decides whether to admit a request.
     *
     * @param request the request, with its identity unless the throttle is called before authentication
     * @return the decision
     */
    Admission admit(SseRequest request);

    /**
     * Returns whether this throttle is called before the authenticators. Its admission is then released after
     * authentication, unless the login failed: the authenticators found a header, cookie, query or path parameter that
     * they read, but no identity. So it slows down only clients that guess credentials.
     *
     * @return false unless overridden
     */
    default boolean beforeAuthentication() {
        return false;
    }

    /**
     * Creates a throttle that limits the number of open streams per key. A long key is kept as a digest, which bounds
     * its memory.
     *
     * @param streams the limit, at least 1
     * @param key returns the key of a request, such as {@link #perAddress()}
     * @return a new throttle, which counts on this server
     */
    static Throttle concurrent(int streams, Function<SseRequest, String> key) {
        return new ConcurrentThrottle(streams, key);
    }

    /**
     * Creates a throttle that limits the number of openings in a period: {@code rate} openings at once, and then one
     * each {@code period / rate}. It counts up to 100,000 keys separately, which bounds its memory. Further keys share
     * 1024 counters until others expire. A long key is kept as a digest.
     *
     * @param rate the limit, at least 1
     * @param period the period, longer than zero
     * @param key returns the key of a request, such as {@link #perIdentity()}
     * @return a new throttle, which counts on this server
     */
    static Throttle rate(int rate, Duration period, Function<SseRequest, String> key) {
        return new RateThrottle(rate, period, key, false);
    }

    /**
     * Creates a throttle against guessed credentials: it limits the failed logins of an address in a period. Above the
     * limit it rejects every request from the address, even with the right password. It is called before
     * authentication. A login in progress counts as failed, so the limit also applies to concurrent attempts. Its
     * memory is bounded as that of {@link #rate}.
     *
     * @param failures the limit, at least 1
     * @param period the period, longer than zero
     * @return a new throttle, which counts on this server
     */
    static Throttle failedLogins(int failures, Duration period) {
        return new RateThrottle(failures, period, perAddress(), true);
    }

    /**
     * Returns a key that counts all requests of an identity together. Anonymous requests are counted by address, as in
     * {@link #perAddress()}.
     *
     * @return a key; it throws the same exception as that of {@code perAddress}
     */
    static Function<SseRequest, String> perIdentity() {
        return request -> request.identity()
                .map(Identity::name)
                .map("identity "::concat)
                .orElseGet(() -> "address " + network(request));
    }

    /**
     * Returns a key that counts all requests of an address together. IPv6 addresses are counted by network, the first
     * 64 bits, since one host can use all addresses of its network.
     *
     * @return a key. For a request without an address, as on a Unix domain socket, it throws an
     *     {@link IllegalStateException} and the response is 500: otherwise all clients would be counted as one
     */
    static Function<SseRequest, String> perAddress() {
        return Throttle::network;
    }

    private static String network(SseRequest request) {
        String address = request.remoteAddress();
        if (address.isEmpty()) {
            throw new IllegalStateException(
                    "The request has no address, as on a Unix domain socket, so a throttle cannot"
                            + " count by address: set trusted-hops if a proxy in front writes X-Forwarded-For, or count by"
                            + " identity or route");
        }
        return Addresses.network(address);
    }

    /**
     * Returns a key that counts all requests together.
     *
     * @return a key
     */
    static Function<SseRequest, String> perRoute() {
        return request -> "";
    }

    /** The decision of a {@link Throttle}: an admission to be released, or a temporary rejection. */
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
         * @param release releases what the request took; run at most once
         * @return the decision
         */
        public static Admission admitted(Runnable release) {
            return new Admission(Optional.empty(), Objects.requireNonNull(release));
        }

        /**
         * Rejects the request temporarily.
         *
         * @param retryAfter the exact wait until the same request may be admitted, not negative
         * @return the decision
         */
        public static Admission rejected(Duration retryAfter) {
            if (retryAfter.isNegative()) {
                throw new IllegalArgumentException("retryAfter must not be negative, but is " + retryAfter);
            }
            return new Admission(Optional.of(retryAfter), () -> {});
        }

        /**
         * Returns how long the client should wait.
         *
         * @return the wait of a rejected request, empty if it is admitted
         */
        public Optional<Duration> retryAfter() {
            return retryAfter;
        }

        /** Releases what an admitted request took. Further calls have no effect. */
        public void release() {
            release.getAndSet(() -> {}).run();
        }
    }
}
