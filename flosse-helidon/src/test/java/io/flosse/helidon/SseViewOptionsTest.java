package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.SseEvent;
import io.flosse.SseRequest;
import io.flosse.SseView;
import io.flosse.Yield;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The options of a view that need a server. */
class SseViewOptionsTest {

    /** A stream that says hello and then waits. */
    private static class Waiting extends SseView {
        @Override
        public void generate(SseRequest request, Yield sink) throws Exception {
            sink.yield("hello");
            Thread.sleep(Duration.ofDays(1));
        }
    }

    private static TestServer serve(SseView view) {
        return TestServer.on(SocketType.PLAIN)
                .get("/sse", Flosse.stream(view))
                .routing(routing -> routing.post("/sse", Flosse.stream(view)))
                .start();
    }

    private static Stream<String> names(Class<?> type, Predicate<Method> chosen) {
        return Stream.of(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(chosen)
                .map(Method::getName)
                .distinct();
    }

    /** Options that a view does not have: its headers(request) returns fixed headers too, and it knows no response. */
    private static final Set<String> ROUTE_ONLY = Set.of("header", "streamIf");

    @Test
    void viewHasEveryOptionOfARoute() {
        assertThat(names(SseView.class, method -> true))
                .containsExactlyInAnyOrderElementsOf(
                        names(SseRoute.class, method -> method.getReturnType() == SseRoute.class)
                                .filter(option -> !ROUTE_ONLY.contains(option))
                                .toList());
    }

    @Test
    void refuseWithStatusOfViewIsUsed() {
        SseView view = new Waiting() {
            @Override
            public List<Throttle> throttles() {
                return List.of(Throttle.concurrent(1, Throttle.perRoute()));
            }

            @Override
            public boolean refuseWithStatus() {
                return true;
            }
        };
        try (TestServer server = serve(view);
                RawConnection first = server.get("/sse").awaitText("hello");
                RawConnection second =
                        server.get("/sse", "Accept: text/event-stream").awaitText("Too many streams")) {
            assertThat(first.status()).isEqualTo(200);
            assertThat(second.status()).isEqualTo(429);
        }
    }

    @Test
    void maxBodySizeOfViewIsUsed() {
        SseView view = new Waiting() {
            @Override
            public OptionalInt maxBodySize() {
                return OptionalInt.of(3);
            }
        };
        try (TestServer server = serve(view);
                RawConnection large = server.connect()
                        .write("POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nfour")
                        .awaitEnd()) {
            assertThat(large.status()).isEqualTo(413);
        }
    }

    @Test
    void heartbeatOfViewIsUsed() {
        SseView view = new Waiting() {
            @Override
            public Optional<Duration> heartbeat() {
                return Optional.of(Duration.ofMillis(50));
            }
        };
        try (TestServer server = serve(view);
                RawConnection client = server.get("/sse").awaitBody("hello\n\n:\n")) {
            assertThat(client.status()).isEqualTo(200);
        }
    }

    @Test
    void heartbeatEventOfViewIsUsed() {
        SseView view = new Waiting() {
            @Override
            public Optional<Duration> heartbeat() {
                return Optional.of(Duration.ofMillis(50));
            }

            @Override
            public Optional<SseEvent> heartbeatEvent() {
                return Optional.of(SseEvent.of("").withEvent("ping"));
            }
        };
        try (TestServer server = serve(view);
                RawConnection client = server.get("/sse").awaitBody("event: ping\ndata:\n\n")) {
            assertThat(client.body()).startsWith("data: hello\n\nevent: ping\n");
        }
    }

    @Test
    void maxDurationOfViewIsUsed() {
        SseView view = new Waiting() {
            @Override
            public Optional<Duration> maxDuration() {
                return Optional.of(Duration.ofMillis(50));
            }
        };
        try (TestServer server = serve(view);
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            assertThat(server.awaitCause()).isEqualTo(EndCause.MAX_DURATION);
        }
    }

    @Test
    void recheckOfViewIsUsed() {
        AtomicInteger checks = new AtomicInteger();
        SseView view = new Waiting() {
            @Override
            public List<Permission> permissions() {
                return List.of(request -> checks.getAndIncrement() == 0);
            }

            @Override
            public Optional<Duration> recheck() {
                return Optional.of(Duration.ofMillis(50));
            }
        };
        try (TestServer server = serve(view);
                RawConnection client = server.get("/sse").awaitEnd()) {
            assertThat(client.isComplete()).isTrue();
            assertThat(server.awaitCause()).isEqualTo(EndCause.REVOKED);
        }
    }

    @Test
    void writeTimeoutOfViewIsUsed() {
        SseView view = new SseView() {
            @Override
            public Optional<Duration> writeTimeout() {
                return Optional.of(Duration.ofMillis(200));
            }

            @Override
            public void generate(SseRequest request, Yield sink) {
                String large = "x".repeat(100_000);
                while (true) {
                    sink.yield(large);
                }
            }
        };
        try (TestServer server = serve(view);
                RawConnection client = server.get("/sse")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.WRITE_TIMEOUT);
            assertThat(client.localPort()).isPositive();
        }
    }

    @Test
    void invalidOptionOfViewIsRejectedWhenTheRouteIsMade() {
        SseView view = new Waiting() {
            @Override
            public Optional<Duration> maxDuration() {
                return Optional.of(Duration.ZERO);
            }
        };
        assertThatThrownBy(() -> Flosse.stream(view))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxDuration");
    }
}
