package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.http.HttpPrologue;
import io.helidon.http.PathMatchers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The route in the StreamInfo is the pattern that matched, so that all streams of a route have the same name. */
class RoutePatternTest {

    private static final SseRoute ROUTE = Flosse.stream((request, sink) -> sink.yield("hello"));

    private static final TestServer SERVER =
            TestServer.on(SocketType.PLAIN).routing(RoutePatternTest::routes).start();

    private static void routes(HttpRouting.Builder routing) {
        routing.get("/plain", ROUTE)
                .get("/rest/{+rest}", ROUTE)
                .get("/pair/{a}/{b}", ROUTE)
                .get("/named/{named}", ROUTE)
                .get("/typed/{n:[0-9]+}", ROUTE)
                .get("/wild/*", ROUTE)
                .get("/optional[/more]", ROUTE)
                .route(new CustomRoute("/custom"))
                .register("/api", rules -> rules.get("/", ROUTE).get("/{x}", ROUTE))
                .register(rules -> rules.get("/free/{x}", ROUTE))
                .register("/", rules -> rules.get("/root/{x}", ROUTE))
                .register(
                        "/tenants/{tenant}",
                        tenant -> tenant.register(
                                "/rooms/{room}",
                                room -> room.get("/sse/{part}", ROUTE)
                                        .get("/", ROUTE)
                                        .route(new CustomRoute("/custom"))
                                        .any(ROUTE)))
                .any(ROUTE);
    }

    /** A route that Helidon knows no pattern of. */
    private record CustomRoute(String path) implements HttpRoute {
        @Override
        public PathMatchers.MatchResult accepts(HttpPrologue prologue) {
            return PathMatchers.exact(path).match(prologue.uriPath());
        }

        @Override
        public Handler handler() {
            return ROUTE;
        }
    }

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/plain, /plain",
        "/rest/a, /rest/{+rest}",
        "/rest/a/b/rest, /rest/{+rest}",
        "/pair/x/x, /pair/{a}/{b}",
        "/pair/pair/x, /pair/{a}/{b}",
        "/named/named, /named/{named}",
        "/typed/7, /typed/{n:[0-9]+}",
        "/wild/a/b, /wild/*",
        "/optional, /optional[/more]",
        "/optional/more, /optional[/more]",
        "/custom, /custom",
        "/api, /api",
        "/api/api, /api/{x}",
        "/free/1, /free/{x}",
        "/root/1, /root/{x}",
        "/tenants/a%20b/rooms/2/sse/3, /tenants/{tenant}/rooms/{room}/sse/{part}",
        "/tenants/1/rooms/2/sse/2, /tenants/{tenant}/rooms/{room}/sse/{part}",
        "/tenants/1/rooms/2, /tenants/{tenant}/rooms/{room}",
        "/tenants/1/rooms/2/custom, /tenants/{tenant}/rooms/{room}/custom",
        "/tenants/1/rooms/2/anything/else, /tenants/{tenant}/rooms/{room}/*",
        "/anything/else, /*"
    })
    void routeIsThePatternThatMatched(String path, String route) {
        try (RawExchange exchange = RawExchange.get(SERVER.port(), path)) {
            assertThat(exchange.body()).contains("data: hello\n");
        }
        assertThat(SERVER.awaitEnded().route()).isEqualTo(route);
        try (RawHttp2 exchange = RawHttp2.get(SERVER.port(), path)) {
            assertThat(exchange.body()).contains("data: hello\n");
        }
        assertThat(SERVER.awaitEnded().route()).isEqualTo(route);
    }
}
