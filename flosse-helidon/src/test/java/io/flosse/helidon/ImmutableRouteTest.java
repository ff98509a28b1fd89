package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flosse.Generator;
import io.flosse.SseEvent;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each option of a route returns a new route; the original route behaves as before. */
@ServerTest
class ImmutableRouteTest {

    private static final Generator FAILS_ON_REQUEST = (request, sink) -> {
        if (request.query("fail").isPresent()) {
            throw new IllegalStateException("requested failure");
        }
        sink.yield(request.identity().map(Identity::name).orElse("nobody"));
    };

    /** Options by name; each has an effect that a client can observe. */
    private static final Map<String, UnaryOperator<SseRoute>> OPTIONS = options();

    private final int port;

    ImmutableRouteTest(WebServer server) {
        port = server.port();
    }

    private static Map<String, UnaryOperator<SseRoute>> options() {
        Map<String, UnaryOperator<SseRoute>> options = new LinkedHashMap<>();
        options.put("permissions", route -> route.permissions(request -> false));
        options.put("authenticators", route -> route.authenticators(request -> Optional.of(Identity.of("ann"))));
        options.put("retry", route -> route.retry(Duration.ofSeconds(1)));
        options.put(
                "streamIf", route -> route.streamIf(request -> false, (request, response) -> response.send("plain")));
        options.put("openOnFirstYield", SseRoute::openOnFirstYield);
        options.put("noEndEvent", SseRoute::noEndEvent);
        options.put("endEvent", route -> route.endEvent(SseEvent.of("[DONE]")));
        options.put("eventNames", route -> route.eventNames(Map.of("end", "finished")));
        options.put("onError", route -> route.onError(failure -> Optional.of(SseEvent.of("sorry"))));
        options.put("maxBodySize", route -> route.maxBodySize(1));
        return options;
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        OPTIONS.forEach((name, option) -> {
            SseRoute old = Flosse.stream(FAILS_ON_REQUEST);
            SseRoute changed = option.apply(old);
            routing.any("/" + name + "/untouched", Flosse.stream(FAILS_ON_REQUEST))
                    .any("/" + name + "/old", old)
                    .any("/" + name + "/new", changed);
        });
    }

    static Set<String> names() {
        return OPTIONS.keySet();
    }

    @ParameterizedTest
    @MethodSource("names")
    void optionLeavesTheOriginalRouteUnchanged(String name) {
        try (LogCapture ignored = new LogCapture()) {
            assertThat(answers(name, "old")).isEqualTo(answers(name, "untouched"));
            assertThat(answers(name, "new")).isNotEqualTo(answers(name, "old"));
        }
    }

    /** Returns the responses of a route to a plain request, a failing request and a request with a body. */
    private String answers(String name, String route) {
        String path = "/" + name + "/" + route;
        try (RawExchange plain = RawExchange.get(port, path);
                RawExchange failing = RawExchange.get(port, path + "?fail=1");
                RawExchange posting = RawExchange.post(port, path, "four")) {
            return plain.status()
                    + plain.body()
                    + failing.status()
                    + failing.body().replaceAll("[0-9a-f]{16}", "<ref>")
                    + posting.status()
                    + posting.body();
        }
    }

    @Test
    void timingAndHeaderOptionsReturnNewRoutes() {
        SseRoute old = Flosse.stream(FAILS_ON_REQUEST);
        Duration second = Duration.ofSeconds(1);

        assertThat(Set.of(
                        old,
                        old.header("X-A", "b"),
                        old.headers(request -> Map.of("X-A", "b")),
                        old.heartbeat(second),
                        old.writeTimeout(second),
                        old.maxDuration(second),
                        old.recheck(second),
                        old.finishOnDrain(),
                        old.interruptOnLeave(false),
                        old.refuseWithStatus(),
                        old.lastEventIdParameter("lastEventId")))
                .hasSize(11);
    }

    @Test
    void invalidOptionIsRejectedWhenSet() {
        SseRoute route = Flosse.stream(FAILS_ON_REQUEST);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.retry(Duration.ofMillis(-1)))
                .withMessageContaining("retry");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.maxBodySize(-1))
                .withMessageContaining("maxBodySize");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> route.maxDuration(Duration.ZERO))
                .withMessageContaining("maxDuration");
    }
}
