package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.AllLogs;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.throttle.Throttle;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Time options of routes and servers: "forever" works, and meaningless values are rejected when they are set. */
class RouteExtremeTimesTest {

    static final List<Duration> FOR_EVER = List.of(
            Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
            Duration.ofNanos(Long.MAX_VALUE),
            Duration.ofMillis(Long.MAX_VALUE));

    static final List<Duration> NEGATIVE = List.of(Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE));

    /** Route options with the names that their error messages use. */
    enum OfRoute {
        RETRY("retry", true, SseRoute::retry),
        HEARTBEAT("heartbeat", true, Duration.ofMillis(10), SseRoute::heartbeat),
        WRITE_TIMEOUT("writeTimeout", false, SseRoute::writeTimeout),
        MAX_DURATION("maxDuration", false, SseRoute::maxDuration),
        RECHECK("recheck", false, SseRoute::recheck);

        private final String option;
        private final boolean zero;
        private final Duration min;

        @SuppressWarnings("ImmutableEnumChecker") // the functions are immutable
        private final BiFunction<SseRoute, Duration, SseRoute> set;

        OfRoute(String option, boolean zero, BiFunction<SseRoute, Duration, SseRoute> set) {
            this(option, zero, Duration.ofNanos(1), set);
        }

        OfRoute(String option, boolean zero, Duration min, BiFunction<SseRoute, Duration, SseRoute> set) {
            this.option = option;
            this.zero = zero;
            this.min = min;
            this.set = set;
        }
    }

    /** Configuration keys of the server. */
    enum OfServer {
        RETRY("retry", true),
        HEARTBEAT("heartbeat", true),
        WRITE_TIMEOUT("write-timeout", false),
        MAX_DURATION("max-duration", false),
        DRAIN_GRACE("drain-grace", true),
        BODY_TIMEOUT("body-timeout", false),
        RECONNECT_SPREAD("reconnect-spread", true);

        private final String key;
        private final boolean zero;

        OfServer(String key, boolean zero) {
            this.key = key;
            this.zero = zero;
        }

        FlosseFeature.Builder set(Duration value) {
            return FlosseFeature.builder().config(Config.just(ConfigSources.create(Map.of(key, value.toString()))));
        }
    }

    private static final SseRoute HELLO = Flosse.stream((request, sink) -> sink.yield("hello"));

    private static final SseRoute STAYS_OPEN = Flosse.stream((request, sink) -> {
        sink.yield("hello");
        new CountDownLatch(1).await();
    });

    @ParameterizedTest
    @EnumSource
    void meaninglessRouteOptionIsRejectedWhenSet(OfRoute option) {
        for (Duration value : NEGATIVE) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> option.set.apply(HELLO, value))
                    .withMessageContaining(option.option)
                    .withMessageContaining(value.toString());
        }
        if (!option.zero) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> option.set.apply(HELLO, Duration.ZERO))
                    .withMessageContaining(option.option);
        }
    }

    @ParameterizedTest
    @EnumSource
    void routeOptionAcceptsForeverAndItsMinimum(OfRoute option) {
        try (AllLogs logs = new AllLogs()) {
            for (Duration value : FOR_EVER) {
                assertStaysOpen(option.set.apply(STAYS_OPEN, value).permissions(request -> true));
            }
            assertThat(logs.aboveDebug()).noneMatch(RouteExtremeTimesTest::isOfFlosse);
        }
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", option.set.apply(STAYS_OPEN, option.min))
                        .start();
                RawConnection client = server.connect().get("/sse").awaitText("\r\n\r\n")) {
            assertThat(client.status()).isEqualTo(200);
        }
    }

    /** A shorter interval would keep a processor busy with heartbeats. */
    @Test
    void heartbeatBelowTenMillisecondsIsRejectedWhenSet() {
        for (Duration value : List.of(Duration.ofNanos(1), Duration.ofMillis(10).minusNanos(1))) {
            String message = "heartbeat must be zero, which turns it off, or at least PT0.01S, but is " + value;
            SseView view = new SseView() {
                @Override
                public Optional<Duration> heartbeat() {
                    return Optional.of(value);
                }

                @Override
                public void generate(SseRequest request, Yield sink) {
                    // Nothing.
                }
            };
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HELLO.heartbeat(value))
                    .withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Flosse.stream(view))
                    .withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> FlosseFeature.builder().heartbeat(value))
                    .withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OfServer.HEARTBEAT.set(value))
                    .withMessageContaining(message);
        }
    }

    private static boolean isOfFlosse(String line) {
        return line.contains("io.flosse");
    }

    private static void assertStaysOpen(SseRoute route) {
        try (TestServer server =
                TestServer.on(SocketType.PLAIN).get("/sse", route).start()) {
            RawConnection client = server.get("/sse").awaitText("hello\n\n");
            assertThat(server.feature().streams()).hasSize(1);
            client.close();
            assertThat(server.awaitCause()).isEqualTo(EndCause.CLIENT_GONE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void meaninglessServerOptionIsRejectedWhenSet(OfServer option) {
        for (Duration value : NEGATIVE) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> option.set(value))
                    .withMessageContaining(option.key)
                    .withMessageContaining(value.toString());
        }
        if (!option.zero) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> option.set(Duration.ZERO))
                    .withMessageContaining(option.key);
        }
    }

    @ParameterizedTest
    @EnumSource
    void serverOptionAcceptsForever(OfServer option) {
        for (Duration value : FOR_EVER) {
            try (AllLogs logs = new AllLogs();
                    TestServer server = TestServer.on(SocketType.PLAIN)
                            .feature(feature -> feature.config(
                                    Config.just(ConfigSources.create(Map.of(option.key, value.toString())))))
                            .routing(routing -> routing.any("/sse", STAYS_OPEN))
                            .start();
                    RawConnection client = server.connect()
                            .write("POST /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\nab")
                            .awaitText("hello\n\n")) {
                server.server().stop();
                assertThat(server.awaitCause()).isEqualTo(EndCause.DRAINED);
                client.awaitEnd();
                assertThat(logs.aboveDebug()).noneMatch(RouteExtremeTimesTest::isOfFlosse);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FOR_EVER")
    void drainGraceAcceptsForever(Duration value) {
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", STAYS_OPEN).start();
                RawConnection client = server.get("/sse").awaitText("hello\n\n")) {
            assertThat(server.feature().drain(value)).isZero();
            client.awaitEnd();
            assertThat(client.body()).endsWith("retry: 2147483647\n\n");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> server.feature().drain(Duration.ofNanos(-1)))
                    .withMessageContaining("grace");
        }
    }

    @ParameterizedTest
    @FieldSource("FOR_EVER")
    void longSleepEndsWhenTheClientDisconnects(Duration value) {
        SseRoute route = Flosse.stream((request, sink) -> {
            for (Duration none : NEGATIVE) {
                sink.sleep(none);
            }
            sink.sleep(Duration.ZERO);
            sink.sleep(Duration.ofNanos(1));
            sink.yield("hello");
            sink.sleep(value);
        });
        assertStaysOpen(route);
    }

    @Test
    void identityExpiryAcceptsExtremeInstants() {
        for (Instant never : List.of(Instant.MAX, Instant.ofEpochMilli(Long.MAX_VALUE))) {
            assertStaysOpen(STAYS_OPEN.authenticators(
                    request -> Optional.of(Identity.of("ann").withExpiry(never))));
        }
        SseRoute expired = STAYS_OPEN
                .authenticators(request -> Optional.of(Identity.of("ann").withExpiry(Instant.MIN)))
                .permissions(request -> request.identity().isPresent());
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", expired).start();
                RawConnection client = server.get("/sse")) {
            assertThat(client.status()).isEqualTo(403);
        }
    }

    @Test
    void retryOfEventAcceptsForeverAndViewRejectsNegativeRetry() {
        SseRoute route = Flosse.stream((request, sink) -> {
            for (Duration value : FOR_EVER) {
                sink.yield(SseEvent.of("x").withRetry(value));
                sink.yield(Map.of("data", "x", "retry", value));
            }
            sink.yield(Map.of("data", "x", "retry", Long.MAX_VALUE));
        });
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.body().split("retry: 2147483647\n", -1)).hasSize(2 * FOR_EVER.size() + 2);
        }
        SseView view = new SseView() {
            @Override
            public Optional<Duration> retry() {
                return Optional.of(Duration.ofSeconds(-1));
            }

            @Override
            public void generate(SseRequest request, Yield sink) {
                // Nothing.
            }
        };
        assertThatIllegalArgumentException().isThrownBy(() -> Flosse.stream(view));
    }

    /** EventSource clients get the wait in a frame, other clients in a header. */
    @ParameterizedTest
    @FieldSource("FOR_EVER")
    void throttleWaitAcceptsForever(Duration value) {
        SseRoute rejecting = HELLO.throttles(request -> Throttle.Admission.rejected(value));
        SseRoute once = HELLO.throttles(Throttle.rate(1, value, Throttle.perRoute()));
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/rejecting", rejecting)
                        .get("/once", once)
                        .start();
                RawConnection first = server.get("/once")) {
            assertThat(first.status()).isEqualTo(200);
            for (String path : List.of("/rejecting", "/once")) {
                try (RawConnection other = server.get(path);
                        RawConnection eventSource = server.get(path, "Accept: text/event-stream")) {
                    assertThat(other.status()).isEqualTo(429);
                    assertThat(other.text()).containsPattern("(?i)retry-after: [0-9]{9,10}\r\n");
                    assertThat(eventSource.awaitText("\n\n").text()).contains("retry: 2147483647\n");
                }
            }
        }
    }
}
