package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.SseRequest;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.HeaderValues;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** User callbacks that throw, including errors: the exception is logged, and neither the stream nor the server is affected. */
class FailingCallbacksTest {

    private static final String SECRET = "secret of the callback";

    @Test
    void onErrorThatThrowsFallsBackToDefaultFrame() {
        SseRoute route = Flosse.stream((request, sink) -> {
                    throw new IllegalStateException("failed");
                })
                .onError(failure -> {
                    throw new AssertionError(SECRET);
                });
        try (LogCapture log = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/", route).start();
                RawConnection client = server.get("/")) {
            client.awaitEnd();
            assertThat(client.isComplete()).isTrue();
            assertThat(client.body()).contains("event: error\n").doesNotContain(SECRET);
            assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
            assertThat(log.errors()).hasSize(2);
        }
    }

    @Test
    void throttleReleaseThatThrowsIsLogged() {
        AtomicInteger released = new AtomicInteger();
        Throttle throttle = request -> Throttle.Admission.admitted(() -> {
            released.incrementAndGet();
            throw new IllegalStateException(SECRET);
        });
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("x")).throttles(throttle, throttle);
        try (LogCapture log = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/", route).start();
                RawConnection client = server.get("/")) {
            client.awaitEnd();
            assertThat(client.isComplete()).isTrue();
            assertThat(client.text()).doesNotContain(SECRET, "500");
            assertThat(server.awaitCause()).isEqualTo(EndCause.COMPLETED);
            server.close();
            assertThat(released).hasValue(2);
            assertThat(log.errors()).hasSize(2);
        }
    }

    @Test
    void challengeThatThrowsIs500WithoutItsMessage() {
        Authenticator broken = new Authenticator() {
            @Override
            public Optional<Identity> authenticate(SseRequest request) {
                return Optional.empty();
            }

            @Override
            public Optional<String> challenge() {
                throw new IllegalStateException(SECRET);
            }
        };
        SseRoute route =
                Flosse.stream((request, sink) -> {}).authenticators(broken).permissions(new IsAuthenticated());
        try (LogCapture log = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/", route).start();
                RawConnection client = server.get("/").awaitText("Internal error, ref ")) {
            assertThat(client.status()).isEqualTo(500);
            assertThat(client.text()).doesNotContain(SECRET);
            assertThat(log.errors()).hasSize(1);
        }
    }

    @Test
    void invalidHeaderFailsTheStreamAndIsNotReportedAsDisconnect() {
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("x"));
        try (LogCapture log = new LogCapture();
                TestServer server = TestServer.on(SocketType.PLAIN)
                        .routing(routing -> routing.addFilter((chain, request, response) -> {
                                    response.header(HeaderValues.create("X-Trace", "a\nb"));
                                    chain.proceed();
                                })
                                .get("/", route))
                        .start();
                RawConnection client = server.connect().get("/").awaitEnd()) {
            assertThat(client.text()).doesNotContain("200 OK", "data: x");
            assertThat(server.awaitCause()).isEqualTo(EndCause.FAILED);
            assertThat(log.errors()).isNotEmpty();
        }
    }

    @Test
    void permissionThatThrowsOnRecheckRevokesTheStream() {
        AtomicInteger asked = new AtomicInteger();
        Permission permission = request -> {
            if (asked.getAndIncrement() > 0) {
                throw new AssertionError(SECRET);
            }
            return true;
        };
        SseRoute route = Flosse.stream((request, sink) -> Thread.sleep(Duration.ofDays(1)))
                .permissions(permission)
                .recheck(Duration.ofMillis(20));
        try (LogCapture log = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/", route).start();
                RawConnection client = server.get("/")) {
            client.awaitEnd();
            assertThat(server.awaitCause()).isEqualTo(EndCause.REVOKED);
            assertThat(client.text()).doesNotContain(SECRET);
            assertThat(log.errors()).hasSize(1);
        }
    }
}
