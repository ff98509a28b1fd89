package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchIllegalArgumentException;

import io.flosse.Generator;
import io.flosse.Yield;
import io.flosse.helidon.fixture.RawExchange;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.media.MediaContext;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.DirectClient;
import io.helidon.webserver.testing.junit5.RoutingTest;
import io.helidon.webserver.testing.junit5.ServerTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import io.helidon.webserver.testing.junit5.SetUpServer;
import jakarta.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Payloads that are not strings: encoded by jakarta.json, by JSON-B if it is available, and otherwise rejected with a clear
 * error.
 */
class JsonPayloadTest {

    public record Point(int x, int y) {}

    public static final class Pojo {
        public String getName() {
            return "ann";
        }
    }

    enum Colour {
        RED
    }

    @Nested
    @RoutingTest
    class WithJsonB {

        private final DirectClient client;

        WithJsonB(DirectClient client) {
            this.client = client;
        }

        @SetUpRoute
        static void routes(HttpRouting.Builder routing) {
            routing.get("/record", one(new Point(1, 2)))
                    .get("/pojo", one(new Pojo()))
                    .get("/nested", one(Map.of("points", List.of(new Point(1, 2), new Point(3, 4)))))
                    .get("/array", one(new Point[] {new Point(5, 6)}))
                    .get(
                            "/json-value",
                            one(Json.createObjectBuilder().add("a", 1).build()))
                    .get("/number", one(new BigDecimal("1.10")))
                    .get("/enum", one(Colour.RED))
                    .get("/text-in-a-list", one(List.of("\"quoted\"\n", 'c', true)))
                    .get("/utf8", one(Map.of("a", "ä😀")))
                    .get(
                            "/many",
                            Flosse.stream((request, sink) -> {
                                        for (int i = 0; i < 3; i++) {
                                            sink.yield("p", new Point(i, i));
                                        }
                                    })
                                    .noEndEvent());
        }

        private static SseRoute one(Object value) {
            return Flosse.stream((request, sink) -> sink.yield(value)).noEndEvent();
        }

        @Test
        void recordIsJson() {
            assertThat(body("/record")).isEqualTo("data: {\"x\":1,\"y\":2}\n\n");
        }

        @Test
        void pojoIsJson() {
            assertThat(body("/pojo")).isEqualTo("data: {\"name\":\"ann\"}\n\n");
        }

        @Test
        void recordInListInMapIsJson() {
            assertThat(body("/nested")).isEqualTo("data: {\"points\":[{\"x\":1,\"y\":2},{\"x\":3,\"y\":4}]}\n\n");
        }

        @Test
        void arrayOfRecordsIsJson() {
            assertThat(body("/array")).isEqualTo("data: [{\"x\":5,\"y\":6}]\n\n");
        }

        @Test
        void jsonValueIsJson() {
            assertThat(body("/json-value")).isEqualTo("data: {\"a\":1}\n\n");
        }

        @Test
        void scalarsAreJson() {
            assertThat(body("/number")).isEqualTo("data: 1.10\n\n");
            assertThat(body("/enum")).isEqualTo("data: \"RED\"\n\n");
            assertThat(body("/text-in-a-list")).isEqualTo("data: [\"\\\"quoted\\\"\\n\",\"c\",true]\n\n");
        }

        @Test
        void jsonIsUtf8() {
            assertThat(body("/utf8")).isEqualTo("data: {\"a\":\"ä😀\"}\n\n");
        }

        @Test
        void cachedWriterEncodesLaterEvents() {
            assertThat(body("/many").split("\n\n"))
                    .containsExactly(
                            "event: p\ndata: {\"x\":0,\"y\":0}",
                            "event: p\ndata: {\"x\":1,\"y\":1}",
                            "event: p\ndata: {\"x\":2,\"y\":2}");
        }

        /** Returns the body without the first frame. */
        private String body(String path) {
            String body = client.get(path).request(String.class).entity();
            assertThat(body).startsWith(":\n");
            return body.substring(2);
        }
    }

    @Nested
    @ServerTest
    class WithoutMediaSupport {

        private final int port;

        WithoutMediaSupport(WebServer server) {
            port = server.port();
        }

        @SetUpServer
        static void server(WebServerConfig.Builder server) {
            server.mediaContext(
                    MediaContext.builder().mediaSupportsDiscoverServices(false).build());
        }

        @SetUpRoute
        static void routes(HttpRouting.Builder routing) {
            routing.get("/record", Flosse.stream(refusal(sink -> sink.yield(new Point(1, 2)))))
                    .get("/nested", Flosse.stream(refusal(sink -> sink.yield("p", List.of(new Point(1, 2))))))
                    .get("/optional", Flosse.stream(refusal(sink -> sink.yield(Optional.of(1)))))
                    .get(
                            "/xml",
                            Flosse.stream(refusal(
                                    sink -> sink.yield(SseEvent.create(new Point(1, 2), MediaTypes.APPLICATION_XML)))))
                    .get("/map", Flosse.stream((request, sink) -> sink.yield(Map.of("a", 1))));
        }

        private interface YieldCall {
            void on(Yield sink);
        }

        /** Yields the message of the exception that rejected a value. */
        private static Generator refusal(YieldCall attempt) {
            return (request, sink) -> sink.yield(
                    catchIllegalArgumentException(() -> attempt.on(sink)).getMessage());
        }

        @Test
        void recordIsRejectedWithTypeAndModule() {
            assertThat(body("/record"))
                    .contains(Point.class.getName())
                    .contains("helidon-http-media-jsonb")
                    .doesNotContain("event: error");
        }

        @Test
        void nestedRecordIsRejectedAndItsEventIsNotWritten() {
            assertThat(body("/nested")).contains(Point.class.getName()).doesNotContain("event: p");
        }

        @Test
        void otherObjectIsRejected() {
            assertThat(body("/optional")).contains("java.util.Optional");
        }

        @Test
        void helidonEventWithUnsupportedMediaTypeIsRejectedWithBothNames() {
            assertThat(body("/xml")).contains(Point.class.getName()).contains("application/xml");
        }

        @Test
        void mapIsEncodedWithoutMediaSupport() {
            assertThat(body("/map")).contains("data: {\"a\":1}\n");
        }

        private String body(String path) {
            try (RawExchange answer = RawExchange.get(port, path)) {
                return answer.body();
            }
        }
    }
}
