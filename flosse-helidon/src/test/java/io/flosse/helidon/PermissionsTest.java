package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.Generator;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.permission.AllowAny;
import io.flosse.permission.Permission;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webclient.api.ClientResponseTyped;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.DirectClient;
import io.helidon.webserver.testing.junit5.RoutingTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Permissions are asked in order up to the first refusal, and an exception never grants admission. */
@RoutingTest
class PermissionsTest {

    private static final List<String> ASKED = new CopyOnWriteArrayList<>();
    private static final Permission BROKEN = request -> {
        throw new IllegalStateException("jdbc:secret");
    };
    private static final Permission TEAPOT = request -> {
        throw new HttpException("I am a teapot", Status.create(418), true);
    };

    private final DirectClient client;

    PermissionsTest(DirectClient client) {
        this.client = client;
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        Generator hello = (request, sink) -> {
            ASKED.add("generator");
            sink.yield("hello");
        };
        SseRoute route = Flosse.stream(hello);
        routing.get("/open", route)
                .get("/all", route.permissions(yes("a"), yes("b"), yes("c")))
                .get("/second", route.permissions(yes("a"), no("b"), yes("c")))
                .get("/allow-any", route.permissions(new AllowAny()))
                .get("/and", route.permissions(no("a").and(yes("b"))))
                .get("/or", route.permissions(yes("a").or(no("b"))))
                .get("/or-second", route.permissions(no("a").or(yes("b"))))
                .get("/not", route.permissions(no("a").not()))
                .get("/broken", route.permissions(BROKEN))
                .get("/broken/not", route.permissions(BROKEN.not()))
                .get("/broken/or", route.permissions(BROKEN.or(yes("b"))))
                .get("/broken/and", route.permissions(yes("a").and(BROKEN)))
                .get("/broken/last", route.permissions(yes("a"), BROKEN))
                .get("/teapot", route.permissions(TEAPOT))
                .get("/teapot/not", route.permissions(TEAPOT.not()))
                .get("/teapot/or", route.permissions(TEAPOT.or(yes("b"))));
    }

    private static Permission yes(String name) {
        return request -> ASKED.add(name);
    }

    private static Permission no(String name) {
        return request -> !ASKED.add(name);
    }

    @BeforeEach
    void clearAsked() {
        ASKED.clear();
    }

    @Test
    void routeWithoutPermissionsAllowsEverybody() {
        assertThat(get("/open").status()).isEqualTo(Status.OK_200);
        assertThat(get("/allow-any").status()).isEqualTo(Status.OK_200);
    }

    @Test
    void permissionsAreAskedInOrder() {
        assertThat(get("/all").entity()).contains("data: hello\n");
        assertThat(ASKED).containsExactly("a", "b", "c", "generator");
    }

    @Test
    void permissionsAfterTheFirstRefusalAreNotAsked() {
        assertThat(get("/second").status()).isEqualTo(Status.FORBIDDEN_403);
        assertThat(ASKED).containsExactly("a", "b");
    }

    @Test
    void andStopsAtTheFirstRefusal() {
        assertThat(get("/and").status()).isEqualTo(Status.FORBIDDEN_403);
        assertThat(ASKED).containsExactly("a");
    }

    @Test
    void orStopsAtTheFirstGrant() {
        assertThat(get("/or").status()).isEqualTo(Status.OK_200);
        assertThat(ASKED).containsExactly("a", "generator");
    }

    @Test
    void orAsksTheSecondAfterARefusal() {
        assertThat(get("/or-second").status()).isEqualTo(Status.OK_200);
        assertThat(ASKED).containsExactly("a", "b", "generator");
    }

    @Test
    void notInvertsRefusal() {
        assertThat(get("/not").status()).isEqualTo(Status.OK_200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/broken", "/broken/not", "/broken/or", "/broken/and", "/broken/last"})
    void exceptionOfPermissionIs500WithoutItsMessage(String path) {
        try (LogCapture log = new LogCapture()) {
            ClientResponseTyped<String> answer = get(path);

            assertThat(answer.status()).isEqualTo(Status.INTERNAL_SERVER_ERROR_500);
            assertThat(answer.entity()).doesNotContain("secret").doesNotContain("IllegalState");
            assertThat(ASKED).doesNotContain("b", "generator");
            assertThat(log.errors()).singleElement().satisfies(logged -> {
                assertThat(logged.getThrown()).hasMessage("jdbc:secret");
                assertThat(logged.getMessage()).contains("/broken");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/teapot", "/teapot/not", "/teapot/or"})
    void httpExceptionKeepsItsStatus(String path) {
        ClientResponseTyped<String> answer = get(path);

        assertThat(answer.status().code()).isEqualTo(418);
        assertThat(answer.entity()).isEqualTo("I am a teapot");
        assertThat(ASKED).isEmpty();
    }

    private ClientResponseTyped<String> get(String path) {
        return client.get(path).request(String.class);
    }
}
