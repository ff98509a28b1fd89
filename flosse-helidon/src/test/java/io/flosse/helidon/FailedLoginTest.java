package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.flosse.throttle.Throttle;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The failed-login throttle: it counts failed logins whatever carries the credentials, and nothing else. */
class FailedLoginTest {

    private static final int MAX_FAILURES = 3;

    private static TestServer server(Authenticator... authenticators) {
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("hello"))
                .authenticators(authenticators)
                .permissions(new IsAuthenticated())
                .throttles(Throttle.failedLogins(MAX_FAILURES, Duration.ofHours(1)));
        return TestServer.on(SocketType.PLAIN)
                .get("/sse", route)
                .get("/sse/{token}", route)
                .get("/own", route.permissions(Permission.sameOrigin(), new IsAuthenticated()))
                .get("/own-and", route.permissions(Permission.sameOrigin().and(new IsAuthenticated())))
                .start();
    }

    private static int status(TestServer server, String path, String... headers) {
        try (RawConnection client = server.get(path, headers)) {
            return client.status();
        }
    }

    private static Optional<Identity> check(Optional<String> secret) {
        return secret.filter("right"::equals).map(it -> Identity.of("ann"));
    }

    private static TestServer acceptingAllCredentials() {
        return server(
                request -> check(request.header("X-API-Key")),
                request -> check(request.cookie("session")),
                request -> check(request.query("token")),
                request -> check(request.pathParameter("token")),
                request -> check(request.header("Authorization")));
    }

    @ParameterizedTest
    @CsvSource({
        "/sse, X-API-Key: wrong",
        "/sse, Cookie: session=wrong",
        "/sse?token=wrong, Accept: */*",
        "/sse/wrong, Accept: */*",
        "/sse, Authorization: wrong",
    })
    void failedLoginIsCountedForEveryKindOfCredential(String path, String header) {
        try (TestServer server = acceptingAllCredentials()) {
            for (int guess = 0; guess < MAX_FAILURES; guess++) {
                assertThat(status(server, path, header)).isEqualTo(403);
            }
            assertThat(status(server, path, header)).isEqualTo(429);
            assertThat(status(server, "/sse", "X-API-Key: right"))
                    .as("status for the right key while throttled")
                    .isEqualTo(429);
        }
    }

    /** An empty header identifies nobody. It is no error of the server, so nothing is logged. */
    @Test
    void nameThatNoIdentityCanHaveIsAFailedLogin() {
        try (LogCapture log = new LogCapture();
                TestServer server = server(request -> request.header("X-Token").map(Identity::of))) {
            for (int guess = 0; guess < MAX_FAILURES; guess++) {
                assertThat(status(server, "/sse", "X-Token:")).isEqualTo(403);
            }
            assertThat(status(server, "/sse", "X-Token:")).isEqualTo(429);
            assertThat(log.records()).isEmpty();
        }
    }

    /** Otherwise a page of another site could lock its visitor out. */
    @ParameterizedTest
    @ValueSource(strings = {"/own", "/own-and"})
    void crossSiteRequestIsRefusedBeforeItsCredentialsAreRead(String path) {
        var reads = new AtomicInteger();
        try (TestServer server = server(request -> {
            reads.incrementAndGet();
            return check(request.header("X-API-Key"));
        })) {
            for (int guess = 0; guess < 2 * MAX_FAILURES; guess++) {
                assertThat(status(server, path, "X-API-Key: wrong", "Sec-Fetch-Site: cross-site"))
                        .isEqualTo(403);
                assertThat(status(server, path, "X-API-Key: wrong", "Origin: https://evil.example"))
                        .isEqualTo(403);
            }
            assertThat(reads).hasValue(0);
            assertThat(status(server, path, "X-API-Key: right", "Sec-Fetch-Site: same-origin"))
                    .isEqualTo(200);
        }
    }

    /** A script can send any header. It learns nothing by this one, and its guesses count as any others. */
    @Test
    void crossSiteHeaderDoesNotHideGuesses() {
        try (TestServer server = acceptingAllCredentials()) {
            assertThat(status(server, "/own", "X-API-Key: right", "Sec-Fetch-Site: cross-site"))
                    .isEqualTo(403);
            for (int guess = 0; guess < MAX_FAILURES; guess++) {
                assertThat(status(server, "/sse", "X-API-Key: wrong", "Sec-Fetch-Site: cross-site"))
                        .isEqualTo(403);
            }
            assertThat(status(server, "/sse", "X-API-Key: wrong", "Sec-Fetch-Site: cross-site"))
                    .isEqualTo(429);
        }
    }

    @Test
    void guessesOnRouteWithSameOriginAreCounted() {
        try (TestServer server = acceptingAllCredentials()) {
            for (int guess = 0; guess < MAX_FAILURES; guess++) {
                assertThat(status(server, "/own", "X-API-Key: wrong")).isEqualTo(403);
            }
            assertThat(status(server, "/own", "X-API-Key: right")).isEqualTo(429);
        }
    }

    @Test
    void pageOfAnotherOriginLogsInOnRouteWithoutSameOrigin() {
        try (TestServer server = acceptingAllCredentials()) {
            assertThat(status(
                            server,
                            "/sse",
                            "Authorization: right",
                            "Origin: https://app.example.com",
                            "Sec-Fetch-Site: cross-site"))
                    .isEqualTo(200);
        }
    }

    @Test
    void requestWithoutOrWithValidCredentialsIsNeverCounted() {
        try (TestServer server = acceptingAllCredentials()) {
            for (int i = 0; i < 5 * MAX_FAILURES; i++) {
                assertThat(status(server, "/sse", "Cookie: theme=dark", "User-Agent: test"))
                        .isEqualTo(403);
                assertThat(status(server, "/sse", "Cookie: session=right")).isEqualTo(200);
            }
        }
    }

    @Test
    void failingAuthenticatorDoesNotCountAsFailedLogin() {
        try (TestServer server = server(request -> {
                    request.header("X-API-Key");
                    throw new IllegalStateException("the directory is down");
                });
                LogCapture log = new LogCapture()) {
            for (int i = 0; i < 5 * MAX_FAILURES; i++) {
                assertThat(status(server, "/sse", "X-API-Key: right")).isEqualTo(500);
            }
            assertThat(log.errors()).hasSize(5 * MAX_FAILURES);
        }
    }

    @Test
    void authenticatorThatThrows401CountsAsFailedLogin() {
        try (TestServer server = server(request -> {
            throw new HttpException(request.header("X-API-Key").orElse(""), Status.UNAUTHORIZED_401);
        })) {
            for (int guess = 0; guess < MAX_FAILURES; guess++) {
                assertThat(status(server, "/sse", "X-API-Key: wrong")).isEqualTo(401);
            }
            assertThat(status(server, "/sse", "X-API-Key: wrong")).isEqualTo(429);
        }
    }

    /** Two throttles before the login: the admission of the first is released when the second rejects the request. */
    @Test
    void rejectedRequestReleasesEarlierAdmissions() {
        var released = new AtomicInteger();
        Throttle first = new Throttle() {
            @Override
            public Admission admit(io.flosse.SseRequest request) {
                return Admission.admitted(released::incrementAndGet);
            }

            @Override
            public boolean beforeAuthentication() {
                return true;
            }
        };
        SseRoute route = Flosse.stream((request, sink) -> {})
                .authenticators(request -> check(request.header("X-API-Key")))
                .throttles(first, Throttle.failedLogins(1, Duration.ofHours(1)));
        try (TestServer server =
                TestServer.on(SocketType.PLAIN).get("/sse", route).start()) {
            assertThat(status(server, "/sse", "X-API-Key: wrong")).isEqualTo(200);
            assertThat(released).hasValue(0);
            assertThat(status(server, "/sse", "X-API-Key: wrong")).isEqualTo(429);
            assertThat(released).hasValue(1);
        }
    }

    /** All requests are in progress before the first one fails. */
    @Test
    void throttleNeverAdmitsTooManyOf200ConcurrentGuesses() throws Exception {
        var tried = new AtomicInteger();
        var goOn = new CountDownLatch(1);
        try (TestServer server = server(request -> {
                    tried.incrementAndGet();
                    await(goOn);
                    return check(request.header("X-API-Key"));
                });
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> guesses = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                guesses.add(threads.submit(() -> status(server, "/sse", "X-API-Key: wrong")));
            }
            // Admitted requests wait in the authenticator.
            Deadlines.await(
                    () -> guesses.stream().filter(Future::isDone).count() == 200 - MAX_FAILURES, "the rejections");
            goOn.countDown();
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> guess : guesses) {
                statuses.add(guess.get());
            }
            assertThat(statuses).containsOnly(403, 429);
            assertThat(statuses).filteredOn(status -> status == 403).hasSize(MAX_FAILURES);
            assertThat(tried).hasValue(MAX_FAILURES);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
