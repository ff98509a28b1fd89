package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.permission.IsAdminUser;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webclient.api.ClientResponseTyped;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.testing.junit5.DirectClient;
import io.helidon.webserver.testing.junit5.RoutingTest;
import io.helidon.webserver.testing.junit5.SetUpRoute;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Authentication, and 401 against 403: a challenge is sent only if a login could change the result. */
@RoutingTest
class ChallengeTest {

    private static final List<String> ASKED = new CopyOnWriteArrayList<>();
    private static final Authenticator BY_HEADER =
            request -> request.header("X-User").map(Identity::of);
    private static final Authenticator BASIC = BY_HEADER.withChallenge("Basic realm=\"flosse\"");

    private final DirectClient client;

    ChallengeTest(DirectClient client) {
        this.client = client;
    }

    @SetUpRoute
    static void routes(HttpRouting.Builder routing) {
        SseRoute who = Flosse.stream((request, sink) ->
                sink.yield(request.identity().map(Identity::name).orElse("nobody")));
        SseRoute basic = who.authenticators(BASIC);
        Permission never = request -> false;
        routing.get("/who", who.authenticators(BASIC))
                .get("/authenticated", basic.permissions(new IsAuthenticated()))
                .get("/admin", basic.permissions(new IsAdminUser()))
                .get("/no-challenge", who.authenticators(BY_HEADER).permissions(new IsAuthenticated()))
                .get("/no-authenticator", who.authenticators().permissions(new IsAuthenticated()))
                .get("/security", who.permissions(new IsAuthenticated()))
                .get("/never", basic.permissions(never))
                .get("/asked-then-never", basic.permissions(new IsAuthenticated().not(), never))
                .get("/asked-inside", basic.permissions(never.or(new IsAuthenticated())))
                .get("/second-challenge", who.authenticators(BY_HEADER, BASIC).permissions(new IsAdminUser()))
                .get("/first-wins", who.authenticators(answers("a", false), answers("b", true), answers("c", true)))
                .get("/broken", who.authenticators(request -> {
                    throw new IllegalStateException("ldap://secret");
                }));
    }

    private static Authenticator answers(String name, boolean knows) {
        return request -> {
            ASKED.add(name);
            return knows ? Optional.of(Identity.of(name)) : Optional.empty();
        };
    }

    @BeforeEach
    void clearAsked() {
        ASKED.clear();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/authenticated", "/admin", "/asked-inside", "/second-challenge"})
    void anonymousIsChallengedIfLoginCouldHelp(String path) {
        ClientResponseTyped<String> answer = get(path);

        assertThat(answer.status()).isEqualTo(Status.UNAUTHORIZED_401);
        assertThat(answer.headers().get(HeaderNames.WWW_AUTHENTICATE).allValues())
                .containsExactly("Basic realm=\"flosse\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/no-challenge", "/no-authenticator", "/security", "/never", "/asked-then-never"})
    void anonymousIsForbiddenIfLoginCouldNotHelp(String path) {
        ClientResponseTyped<String> answer = get(path);

        assertThat(answer.status()).isEqualTo(Status.FORBIDDEN_403);
        assertThat(answer.headers().contains(HeaderNames.WWW_AUTHENTICATE)).isFalse();
    }

    @Test
    void authenticatedUserWithoutPermissionIsForbidden() {
        ClientResponseTyped<String> answer = get("/admin", "ann");

        assertThat(answer.status()).isEqualTo(Status.FORBIDDEN_403);
        assertThat(answer.headers().contains(HeaderNames.WWW_AUTHENTICATE)).isFalse();
    }

    @Test
    void generatorSeesTheIdentity() {
        assertThat(get("/authenticated", "ann").entity()).contains("data: ann\n");
        assertThat(get("/who").entity()).contains("data: nobody\n");
    }

    @Test
    void firstAuthenticatorWithAnIdentityWins() {
        assertThat(get("/first-wins").entity()).contains("data: b\n");
        assertThat(ASKED).containsExactly("a", "b");
    }

    @Test
    void failingAuthenticatorIs500WithoutItsMessage() {
        try (LogCapture log = new LogCapture()) {
            ClientResponseTyped<String> answer = get("/broken");

            assertThat(answer.status()).isEqualTo(Status.INTERNAL_SERVER_ERROR_500);
            assertThat(answer.entity()).doesNotContain("secret");
            assertThat(log.errors()).hasSize(1);
        }
    }

    private ClientResponseTyped<String> get(String path) {
        return client.get(path).request(String.class);
    }

    private ClientResponseTyped<String> get(String path, String user) {
        return client.get(path).header(HeaderNames.create("X-User"), user).request(String.class);
    }
}
