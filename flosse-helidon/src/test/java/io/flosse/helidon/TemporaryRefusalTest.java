package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.ServiceUnavailableException;
import io.flosse.SseRequest;
import io.flosse.auth.Identity;
import io.flosse.channel.ChannelUnavailableException;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.throttle.Throttle;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Temporary refusals: the clients that get them as a stream, their meters, and the exception that asks for one. */
class TemporaryRefusalTest {

    private static final String EVENT_SOURCE = "Accept: text/event-stream";

    private static final SseRoute FINE = Flosse.stream((request, sink) -> sink.yield("hello"));

    private static final SseRoute FULL = FINE.throttles(request -> Throttle.Admission.rejected(Duration.ofSeconds(7)));

    @SuppressWarnings("removal") // the only way to the registry on Helidon 4.3
    private final MeterRegistry registry = MetricsFactory.getInstance().globalRegistry();

    /** User code that asks for the refusal. */
    enum Asker {
        AUTHENTICATOR,
        PERMISSION,
        THROTTLE,
        THROTTLE_BEFORE_AUTHENTICATION,
        KEY_OF_THROTTLE,
        GENERATOR,
        CHANNEL_SELECTOR
    }

    private static SseRoute route(Asker asker, RuntimeException failure) {
        return switch (asker) {
            case AUTHENTICATOR ->
                FINE.authenticators(request -> TemporaryRefusalTest.<Optional<Identity>>fail(failure));
            case PERMISSION -> FINE.permissions(request -> TemporaryRefusalTest.<Boolean>fail(failure));
            case THROTTLE -> FINE.throttles(request -> fail(failure));
            case THROTTLE_BEFORE_AUTHENTICATION -> FINE.throttles(new EarlyThrottle(failure));
            case KEY_OF_THROTTLE -> FINE.throttles(Throttle.concurrent(1, request -> fail(failure)));
            case GENERATOR -> Flosse.stream((request, sink) -> fail(failure)).openOnFirstYield();
            case CHANNEL_SELECTOR -> Flosse.subscribe(request -> fail(failure));
        };
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // stands for a value of any type
    private static <T> T fail(RuntimeException failure) {
        throw failure;
    }

    private record EarlyThrottle(RuntimeException failure) implements Throttle {

        @Override
        public Admission admit(SseRequest request) {
            throw failure;
        }

        @Override
        public boolean beforeAuthentication() {
            return true;
        }
    }

    private static TestServer serve(SseRoute route) {
        return TestServer.on(SocketType.PLAIN)
                .routing(routing -> routing.any("/sse", route))
                .start();
    }

    private static RawConnection send(TestServer server, String method, String accept) {
        return server.connect()
                .write(method + " /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n" + accept + "\r\nContent-Length: 0\r\n\r\n")
                .awaitText("\r\n\r\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | Accept: text/event-stream                    | 200",
                "GET  | accept:Text/Event-Stream                     | 200",
                "GET  | Accept: text/event-stream, */*               | 429",
                "GET  | Accept: text/event-stream;q=0.9              | 429",
                "GET  | Accept: */*                                  | 429",
                "GET  | X-Accept: text/event-stream                  | 429",
                "POST | Accept: text/event-stream                    | 429",
                "PUT  | Accept: text/event-stream                    | 429",
                "HEAD | Accept: text/event-stream                    | 429",
            })
    void refusalIsStreamOnlyForEventSource(String method, String accept, int status) {
        try (TestServer server = serve(FULL);
                RawConnection client = send(server, method, accept)) {
            assertThat(client.status()).isEqualTo(status);
            if (status == 200) {
                client.awaitText(": Too many streams, or opened too often\n\n");
                assertThat(client.text()).containsPattern("\r\n\r\nretry: (7|8|9|10)\\d\\d\\d\n");
            } else {
                assertThat(client.text()).containsIgnoringCase("\r\nretry-after: 7\r\n");
            }
            assertThat(client.text()).containsIgnoringCase("\r\ncache-control: no-store\r\n");
        }
    }

    @Test
    void disguisedRefusalsAreCountedApart() {
        try (TestServer server = serve(FULL)) {
            send(server, "GET", EVENT_SOURCE).close();
            send(server, "GET", EVENT_SOURCE).close();
            send(server, "GET", "Accept: */*").close();
            send(server, "POST", EVENT_SOURCE).close();

            assertThat(counted(server, "flosse.streams.refused", "throttle")).isEqualTo(4);
            assertThat(counted(server, "flosse.streams.refused.disguised", "throttle"))
                    .isEqualTo(2);
        }
    }

    @Test
    void streamThatEndsBeforeItOpensIsCounted() throws Exception {
        var running = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> {
                    running.countDown();
                    new CountDownLatch(1).await();
                })
                .openOnFirstYield();
        try (TestServer server = serve(route);
                RawConnection client = server.connect().get("/sse", EVENT_SOURCE)) {
            running.await();
            server.feature().drain(Duration.ofSeconds(TestServer.TIMEOUT_SECONDS));
            client.awaitText(": The stream was ended before it opened");

            assertThat(counted(server, "flosse.streams.refused.disguised", "ended-before-open"))
                    .isEqualTo(1);
        }
    }

    private long counted(TestServer server, String meter, String reason) {
        List<Tag> tags = List.of(Tag.create("port", Integer.toString(server.port())), Tag.create("reason", reason));
        return registry.counter(meter, tags).map(Counter::count).orElse(0L);
    }

    @ParameterizedTest
    @CsvSource({"builder", "config"})
    void serverCanSendTheStatusOnAllRoutes(String way) {
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/sse", FULL)
                        .feature(feature -> {
                            if (way.equals("builder")) {
                                feature.refuseWithStatus(true);
                            } else {
                                feature.config(config("true"));
                            }
                        })
                        .start();
                RawConnection client = server.get("/sse", EVENT_SOURCE)) {
            assertThat(client.status()).isEqualTo(429);
            assertThat(counted(server, "flosse.streams.refused", "throttle")).isEqualTo(1);
            assertThat(counted(server, "flosse.streams.refused.disguised", "throttle"))
                    .isZero();
        }
    }

    @Test
    void invalidSwitchInConfigurationIsRejected() {
        assertThatThrownBy(() -> FlosseFeature.builder().config(config("yes")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("refuse-with-status must be true or false, but is yes");
    }

    private static Config config(String value) {
        return Config.just(ConfigSources.create(Map.of("refuse-with-status", value)));
    }

    @ParameterizedTest
    @EnumSource
    void userCodeCanAskForTheRefusal(Asker asker) {
        var failure = new ServiceUnavailableException(
                "secret", Duration.ofMillis(6_500), new IllegalStateException("more secret"));
        try (TestServer server = serve(route(asker, failure));
                LogCapture logs = new LogCapture()) {
            try (RawConnection browser = send(server, "GET", EVENT_SOURCE)) {
                browser.awaitText(": This stream is not available at the moment\n\n");
                assertThat(browser.status()).isEqualTo(200);
                assertThat(browser.text())
                        .containsPattern("\r\n\r\nretry: (6|7|8|9)\\d\\d\\d\n")
                        .doesNotContain("secret");
            }
            for (String method : List.of("GET", "POST")) {
                try (RawConnection other = send(server, method, method.equals("GET") ? "Accept: */*" : EVENT_SOURCE)) {
                    other.awaitText("This stream is not available at the moment");
                    assertThat(other.status()).isEqualTo(503);
                    assertThat(other.text())
                            .containsIgnoringCase("\r\nretry-after: 7\r\n")
                            .containsIgnoringCase("\r\ncache-control: no-store\r\n")
                            .doesNotContain("secret");
                }
            }
            assertThat(logs.errors()).isEmpty();
            assertThat(counted(server, "flosse.streams.refused", "unavailable")).isEqualTo(3);
            assertThat(counted(server, "flosse.streams.refused.disguised", "unavailable"))
                    .isEqualTo(1);
        }
    }

    /** A gate may use a channel or a job. */
    @ParameterizedTest
    @EnumSource
    void unavailableChannelIsTemporaryRefusalWhereverItIsUsed(Asker asker) {
        try (TestServer server = serve(route(asker, new ChannelUnavailableException("secret", null)));
                LogCapture logs = new LogCapture();
                RawConnection client = send(server, "GET", "Accept: */*")) {
            assertThat(client.status()).isEqualTo(503);
            assertThat(client.text())
                    .containsIgnoringCase("\r\nretry-after: 1\r\n")
                    .doesNotContain("secret");
            assertThat(logs.errors()).isEmpty();
        }
    }

    /** What earlier gates granted is given back. */
    @Test
    void refusalReleasesTheThrottle() {
        SseRoute route = FINE.throttles(Throttle.concurrent(1, Throttle.perRoute()), request -> {
            throw new ServiceUnavailableException("no counter", Duration.ofSeconds(1));
        });
        try (TestServer server = serve(route)) {
            for (int i = 0; i < 3; i++) {
                try (RawConnection client = send(server, "GET", "Accept: */*")) {
                    assertThat(client.status()).isEqualTo(503);
                }
            }
        }
    }

    @Test
    void waitMayBeForever() {
        var failure = new ServiceUnavailableException("closed", Duration.ofSeconds(Long.MAX_VALUE));
        try (TestServer server = serve(route(Asker.PERMISSION, failure));
                RawConnection browser = send(server, "GET", EVENT_SOURCE);
                RawConnection other = send(server, "GET", "Accept: */*")) {
            browser.awaitText("retry: 2147483647\n");
            assertThat(other.status()).isEqualTo(503);
        }
    }

    @Test
    void negativeWaitIsRejected() {
        assertThatThrownBy(() -> new ServiceUnavailableException("no", Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("retryAfter must not be negative");
    }
}
