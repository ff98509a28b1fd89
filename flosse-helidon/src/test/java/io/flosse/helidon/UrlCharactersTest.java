package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.helidon.fixture.RawExchange;
import io.flosse.helidon.fixture.RawHttp2;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.webserver.http1.Http1Config;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Characters that browsers send unencoded in a query, and that Helidon refuses unless it is told otherwise. */
class UrlCharactersTest {

    private static TestServer.Setup setup() {
        return TestServer.on(SocketType.PLAIN)
                .get(
                        "/sse/{name}",
                        Flosse.stream((request, sink) ->
                                sink.yield(request.pathParameter("name").orElseThrow() + request.queryAll("ids[]"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sse/a?ids[]=1", "/sse/a?q={1}", "/sse/a?q=1|2", "/sse/a?q=^", "/sse/a?q=`", "/sse/[a]"})
    void helidonRefusesThemByDefault(String path) {
        try (TestServer server = setup().start();
                RawExchange answer = RawExchange.get(server.port(), path)) {
            assertThat(answer.status()).isEqualTo(400);
        }
    }

    @Test
    void encodedCharactersAreAccepted() {
        try (TestServer server = setup().start();
                RawExchange answer = RawExchange.get(server.port(), "/sse/%5Ba%5D?ids%5B%5D=1&ids%5B%5D=2")) {
            assertThat(answer.body()).contains("data: [a][1, 2]\n");
        }
    }

    @Test
    void queryOnHttp2IsNotChecked() {
        try (TestServer server = setup().start();
                RawHttp2 answer = RawHttp2.get(server.port(), "/sse/a?ids[]=1&ids[]=2&q={|^`}")) {
            assertThat(answer.body()).contains("data: a[1, 2]\n");
        }
    }

    @Test
    void settingsOfHelidonAdmitThem() {
        try (TestServer server = setup().settings(settings -> settings.addProtocol(Http1Config.builder()
                                .validatePrologue(false)
                                .validatePath(false)
                                .build()))
                        .start();
                RawExchange answer = RawExchange.get(server.port(), "/sse/[a]?ids[]=1&ids[]=2&q={|^`}")) {
            assertThat(answer.body()).contains("data: [a][1, 2]\n");
        }
    }

    @Test
    void configurationKeyOfHelidonAdmitsThemInAQuery() {
        Config config = Config.just(ConfigSources.create(Map.of("protocols.http_1_1.validate-prologue", "false")));
        try (TestServer server =
                        setup().settings(settings -> settings.config(config)).start();
                RawExchange answer = RawExchange.get(server.port(), "/sse/a?ids[]=1");
                RawExchange path = RawExchange.get(server.port(), "/sse/[a]")) {
            assertThat(answer.body()).contains("data: a[1]\n");
            assertThat(path.status()).isEqualTo(400);
        }
    }
}
