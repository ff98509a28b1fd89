package io.flosse.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.FakeRequest;
import io.flosse.auth.Identity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Throttles by number, rate and key of requests. */
class ThrottleTest {

    private static final FakeRequest ONE = FakeRequest.from("192.0.2.1");
    private static final FakeRequest OTHER = FakeRequest.from("192.0.2.2");

    private long now = Long.MAX_VALUE - 5; // the clock of the JVM may overflow at any time

    private Throttle rate(int most, Duration period) {
        return new RateThrottle(most, period, Throttle.perAddress(), false, () -> now);
    }

    private static boolean admits(Throttle throttle, FakeRequest request) {
        return throttle.admit(request).retryAfter().isEmpty();
    }

    @Test
    void concurrentStreamsAreCountedPerKey() {
        Throttle throttle = Throttle.concurrent(2, Throttle.perAddress());
        Throttle.Admission first = throttle.admit(ONE);
        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(admits(throttle, ONE)).isFalse();
        assertThat(admits(throttle, OTHER)).isTrue();

        first.release();
        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(admits(throttle, ONE)).isFalse();
    }

    @Test
    void longKeysAreBoundedAndCountedSeparately() {
        String common = "k".repeat(100_000);
        for (Throttle throttle : List.of(
                Throttle.concurrent(1, request -> common + request.remoteAddress()),
                Throttle.rate(1, Duration.ofHours(1), request -> common + request.remoteAddress()))) {
            Throttle.Admission first = throttle.admit(ONE);
            assertThat(admits(throttle, ONE)).isFalse();
            assertThat(admits(throttle, OTHER)).isTrue();
            first.release();
        }
        assertThat(BoundedKey.of(common)).hasSizeLessThan(BoundedKey.MAX_LENGTH).isEqualTo(BoundedKey.of(common));
        assertThat(BoundedKey.of("k".repeat(BoundedKey.MAX_LENGTH))).hasSize(BoundedKey.MAX_LENGTH);
    }

    /** Otherwise all clients of a Unix domain socket would share one counter. */
    @Test
    void throttleByAddressRejectsRequestWithoutAddress() {
        FakeRequest withoutAddress = FakeRequest.from("");
        for (Throttle throttle : List.of(
                Throttle.concurrent(2, Throttle.perAddress()),
                Throttle.rate(2, Duration.ofMinutes(1), Throttle.perAddress()),
                Throttle.concurrent(2, Throttle.perIdentity()),
                Throttle.failedLogins(2, Duration.ofMinutes(1)))) {
            assertThatThrownBy(() -> throttle.admit(withoutAddress))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Unix domain socket")
                    .hasMessageContaining("trusted-hops");
        }
        assertThat(admits(Throttle.concurrent(2, Throttle.perIdentity()), withoutAddress.as(Identity.of("ann"))))
                .isTrue();
        assertThat(admits(Throttle.concurrent(2, Throttle.perRoute()), withoutAddress))
                .isTrue();
    }

    @Test
    void secondReleaseIsIgnored() {
        Throttle throttle = Throttle.concurrent(2, Throttle.perAddress());
        Throttle.Admission first = throttle.admit(ONE);
        throttle.admit(ONE);
        first.release();
        first.release();

        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(admits(throttle, ONE)).isFalse();
    }

    @RepeatedTest(20)
    void throttleNeverAdmitsTooManyOf200ConcurrentRequests() throws Exception {
        Throttle concurrent = Throttle.concurrent(50, Throttle.perRoute());
        Throttle rate = Throttle.rate(50, Duration.ofHours(1), Throttle.perRoute());
        assertThat(race(concurrent)).isEqualTo(50);
        assertThat(race(rate)).isEqualTo(50);
    }

    private static int race(Throttle throttle) throws Exception {
        var start = new CountDownLatch(1);
        var admitted = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> racing = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                racing.add(threads.submit(() -> {
                    start.await();
                    return admits(throttle, ONE) ? admitted.incrementAndGet() : 0;
                }));
            }
            start.countDown();
            for (Future<?> one : racing) {
                one.get();
            }
        }
        return admitted.get();
    }

    @Test
    void rateRefillsOnePermitAtATime() {
        Throttle throttle = rate(3, Duration.ofSeconds(30));
        for (int i = 0; i < 3; i++) {
            assertThat(admits(throttle, ONE)).isTrue();
        }
        assertThat(throttle.admit(ONE).retryAfter()).contains(Duration.ofSeconds(10));
        assertThat(admits(throttle, OTHER)).isTrue();

        now += Duration.ofSeconds(10).toNanos() - 1;
        assertThat(throttle.admit(ONE).retryAfter()).contains(Duration.ofNanos(1));
        now += 1;
        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(admits(throttle, ONE)).isFalse();

        now += Duration.ofHours(1).toNanos();
        for (int i = 0; i < 3; i++) {
            assertThat(admits(throttle, ONE)).isTrue();
        }
        assertThat(admits(throttle, ONE)).isFalse();
    }

    /** A client that waits for the announced time is admitted. */
    @Test
    void announcedRetryAfterIsSufficient() {
        Throttle throttle = rate(5, Duration.ofSeconds(1));
        int opened = 0;
        for (int i = 0; i < 1000; i++) {
            Throttle.Admission admission = throttle.admit(ONE);
            if (admission.retryAfter().isEmpty()) {
                opened++;
            } else {
                now += admission.retryAfter().get().toNanos();
                assertThat(admits(throttle, ONE)).isTrue();
                opened++;
            }
        }
        assertThat(opened).isEqualTo(1000);
    }

    @Test
    void successfulLoginIsReleasedAndFailedLoginIsNot() {
        Throttle throttle = new RateThrottle(2, Duration.ofMinutes(1), Throttle.perAddress(), true, () -> now);
        for (int i = 0; i < 10; i++) {
            throttle.admit(ONE).release();
        }
        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(throttle.admit(ONE).retryAfter()).contains(Duration.ofSeconds(30));
        assertThat(throttle.beforeAuthentication()).isTrue();
    }

    /** The owner of an IPv6 network has 2^64 addresses, and counts as one client. */
    @Test
    void addressesOfOneIpv6NetworkAreOneClient() {
        Throttle throttle = rate(10, Duration.ofHours(1));
        int admitted = 0;
        for (int i = 0; i < 1000; i++) {
            admitted += admits(throttle, FakeRequest.from("2001:db8:0:7:0:0:0:" + Integer.toHexString(i))) ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(10);
        assertThat(admits(throttle, FakeRequest.from("2001:db8:0:8::1"))).isTrue();
    }

    @Test
    void identityIsCountedAcrossAddresses() {
        Throttle throttle = Throttle.concurrent(1, Throttle.perIdentity());
        assertThat(admits(throttle, ONE.as(Identity.of("ann")))).isTrue();
        assertThat(admits(throttle, OTHER.as(Identity.of("ann")))).isFalse();
        assertThat(admits(throttle, ONE.as(Identity.of("bob")))).isTrue();
        assertThat(admits(throttle, ONE)).isTrue();
        assertThat(admits(throttle, ONE)).isFalse();
        // An identity name cannot collide with the key of an address.
        assertThat(admits(throttle, OTHER.as(Identity.of("address 192.0.2.2")))).isTrue();
        assertThat(admits(throttle, OTHER)).isTrue();
    }

    @Test
    void keysWithFullAllowanceAreForgotten() {
        var throttle = new RateThrottle(1, Duration.ofSeconds(1), Throttle.perAddress(), false, () -> now);
        for (int i = 0; i < 100_000; i++) {
            assertThat(admits(throttle, FakeRequest.from("host " + i))).isTrue();
            now += 10_000_000;
        }
        assertThat(throttle.size()).isLessThan(3000);
    }

    /** A client with many addresses neither fills the memory nor bypasses the throttle. */
    @Test
    void keysBeyondTheLimitShareCounters() {
        var throttle = new RateThrottle(1, Duration.ofHours(1), Throttle.perAddress(), false, () -> now);
        for (int i = 0; i < RateThrottle.MAX_KEYS; i++) {
            assertThat(admits(throttle, FakeRequest.from("host " + i))).isTrue();
        }
        int admitted = 0;
        for (int i = 0; i < 50_000; i++) {
            admitted += admits(throttle, FakeRequest.from("other " + i)) ? 1 : 0;
        }
        assertThat(admitted).isBetween(1, RateThrottle.SHARED);
        assertThat(throttle.size()).isLessThanOrEqualTo(RateThrottle.MAX_KEYS + RateThrottle.SHARED);
        assertThat(admits(throttle, FakeRequest.from("host 1"))).isFalse();

        now += Duration.ofHours(2).toNanos();
        assertThat(admits(throttle, FakeRequest.from("another"))).isTrue();
        assertThat(throttle.size()).isEqualTo(1);
    }

    @Test
    void invalidOptionsAreRejected() {
        assertThatThrownBy(() -> Throttle.concurrent(0, Throttle.perRoute())).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> Throttle.rate(0, Duration.ofSeconds(1), Throttle.perRoute()))
                .hasMessageContaining("at least 1");
        assertThatThrownBy(() -> Throttle.failedLogins(1, Duration.ZERO)).hasMessageContaining("longer than zero");
        assertThatThrownBy(() -> Throttle.Admission.rejected(Duration.ofSeconds(-1)))
                .hasMessageContaining("negative");
    }
}
