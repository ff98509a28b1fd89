package io.flosse.helidon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flosse.EndCause;
import io.flosse.Generator;
import io.flosse.SseRequest;
import io.flosse.auth.Authenticator;
import io.flosse.auth.Identity;
import io.flosse.helidon.fixture.Deadlines;
import io.flosse.helidon.fixture.LogCapture;
import io.flosse.helidon.fixture.RawConnection;
import io.flosse.helidon.fixture.SocketType;
import io.flosse.helidon.fixture.TestServer;
import io.flosse.permission.IsAuthenticated;
import io.flosse.permission.Permission;
import io.helidon.security.AuthenticationResponse;
import io.helidon.security.Principal;
import io.helidon.security.Security;
import io.helidon.security.Subject;
import io.helidon.webserver.security.SecurityFeature;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recheck, revocation and expiry on open streams: a stream ends when its permission no longer holds. */
class RevocationTest {

    private static final Duration SOON = Duration.ofMillis(20);
    private static final Authenticator BY_HEADER =
            request -> request.header("X-User").map(Identity::of);

    private final CountDownLatch yielded = new CountDownLatch(1);
    private final Generator forever = (request, sink) -> {
        sink.yield("open");
        yielded.countDown();
        new CountDownLatch(1).await();
    };

    /** Opens the stream and returns the cause of its end. The client sees the end of the body without {@code event: end}. */
    private static EndCause causeOf(SseRoute route) {
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse", "X-User: ann").awaitText("data: open")) {
            EndCause cause = server.awaitCause();
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(client.body()).doesNotContain("flosse:end");
            return cause;
        }
    }

    /** Returns a permission that grants admission, and asks another permission after the first event of the stream. */
    private Permission onRecheck(Permission again) {
        var asked = new AtomicInteger();
        return request -> {
            if (asked.getAndIncrement() == 0) {
                return true;
            }
            try {
                yielded.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return again.hasPermission(request);
        };
    }

    @Test
    void permissionDeniedOnRecheckEndsTheStream() {
        SseRoute route = Flosse.stream(forever).permissions(onRecheck(request -> false));

        assertThat(causeOf(route.recheck(SOON))).isEqualTo(EndCause.REVOKED);
    }

    @Test
    void exceptionOnRecheckEndsTheStream() {
        try (LogCapture log = new LogCapture()) {
            SseRoute route = Flosse.stream(forever).permissions(onRecheck(request -> {
                throw new IllegalStateException("the database is down");
            }));

            assertThat(causeOf(route.recheck(SOON))).isEqualTo(EndCause.REVOKED);
            assertThat(log.errors())
                    .singleElement()
                    .satisfies(logged -> assertThat(logged.getThrown()).hasMessage("the database is down"));
        }
    }

    @Test
    void errorOnRecheckEndsTheStream() {
        try (LogCapture log = new LogCapture()) {
            SseRoute route = Flosse.stream(forever).permissions(onRecheck(request -> {
                throw new StackOverflowError();
            }));

            assertThat(causeOf(route.recheck(SOON))).isEqualTo(EndCause.REVOKED);
            assertThat(log.errors()).hasSize(1);
        }
    }

    @Test
    void recheckThatBlocksIsInterruptedAndEndsTheStream() throws Exception {
        var interrupted = new CountDownLatch(1);
        SseRoute route = Flosse.stream(forever).permissions(onRecheck(request -> {
            try {
                new CountDownLatch(1).await();
                return true;
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw new IllegalStateException(e);
            }
        }));
        try (LogCapture log = new LogCapture()) {
            assertThat(causeOf(route.recheck(SOON).writeTimeout(Duration.ofMillis(200))))
                    .isEqualTo(EndCause.REVOKED);
            interrupted.await();
            assertThat(log.errors()).isEmpty();
        }
    }

    /** The permission is asked once, so that admission and stream cannot get different answers. */
    @Test
    void permissionIsAskedOncePerAdmission() {
        var asked = new AtomicInteger();
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("asked " + asked))
                .permissions(request -> asked.incrementAndGet() == 1);
        try (TestServer server =
                TestServer.on(SocketType.PLAIN).get("/sse", route).start()) {
            try (RawConnection client = server.get("/sse")) {
                client.awaitText("data: asked 1\n");
            }
            try (RawConnection client = server.get("/sse")) {
                assertThat(client.status()).isEqualTo(403);
            }
        }
    }

    /** No stream is open while the permission blocks, and other requests are served. */
    @Test
    void permissionThatBlocksDelaysOnlyItsOwnRequest() throws Exception {
        var goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream(forever);
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .get("/blocked", route.permissions(blocking(new CountDownLatch(1), goOn)))
                        .get("/free", route)
                        .start();
                RawConnection blocked = server.connect().get("/blocked");
                RawConnection free = server.get("/free").awaitText("data: open")) {
            assertThat(server.feature().streams())
                    .singleElement()
                    .satisfies(stream -> assertThat(stream.route()).isEqualTo("/free"));
            assertThat(blocked.text()).isEmpty();
            goOn.countDown();
            blocked.awaitText("data: open");
        }
    }

    private static Permission blocking(CountDownLatch asked, CountDownLatch goOn) {
        return request -> {
            asked.countDown();
            try {
                return goOn.await(TestServer.TIMEOUT_SECONDS, java.util.concurrent.TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    @Test
    void errorInPermissionDeniesAdmission() {
        SseRoute route = Flosse.stream(forever).permissions(request -> {
            throw new StackOverflowError();
        });
        try (LogCapture log = new LogCapture();
                TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertThat(client.status()).isEqualTo(500);
            assertThat(client.text()).doesNotContain("StackOverflow");
            assertThat(log.errors()).hasSize(1);
        }
    }

    @Test
    void revokeEndsTheStreamsOfOneIdentityOnly() {
        SseRoute route = Flosse.stream(forever).authenticators(BY_HEADER);
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection ann = server.get("/sse", "X-User: ann").awaitText("data: open");
                RawConnection bob = server.get("/sse", "X-User: bob").awaitText("data: open");
                RawConnection nobody = server.get("/sse").awaitText("data: open")) {
            long start = System.nanoTime();
            assertThat(server.feature().revoke(identity -> identity.name().equals("ann")))
                    .isEqualTo(1);

            assertThat(server.awaitCause()).isEqualTo(EndCause.REVOKED);
            assertThat(ann.awaitEnd().isComplete()).isTrue();
            System.out.println("Revoke until the end at the client: " + (System.nanoTime() - start) / 1000 + " us");
            assertThat(server.feature().streams())
                    .hasSize(2)
                    .noneMatch(stream -> stream.identity()
                            .filter(it -> it.name().equals("ann"))
                            .isPresent());
            assertThat(bob.isComplete()).isFalse();
            assertThat(nobody.isComplete()).isFalse();
        }
    }

    /** The request is already authenticated but not yet open; the revocation must not miss it. */
    @Test
    void revokeRejectsRequestInAdmission() throws Exception {
        var asked = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var generated = new AtomicBoolean();
        SseRoute route = Flosse.stream((request, sink) -> generated.set(true))
                .authenticators(BY_HEADER)
                .permissions(blocking(asked, goOn));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.connect().get("/sse", "X-User: ann")) {
            asked.await();
            assertThat(server.feature().revoke(identity -> true)).isZero();
            goOn.countDown();

            assertThat(client.awaitText("\r\n\r\n").status()).isEqualTo(503);
            assertThat(client.text()).contains("Retry-After");
            assertThat(generated).isFalse();
            assertThat(server.feature().streams()).isEmpty();
            try (RawConnection again = server.get("/sse", "X-User: ann")) {
                assertThat(again.status()).isEqualTo(200);
            }
        }
    }

    /** A request may stay in admission for long, for instance because its body is slow. It must not collect revocations. */
    @ParameterizedTest
    @ValueSource(strings = {"X-User: ann", "X-Other: none"})
    void revocationOfAuthenticatedRequestIsNotKept(String header) throws Exception {
        var asked = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        SseRoute route = Flosse.stream((request, sink) -> sink.yield("hello"))
                .authenticators(BY_HEADER)
                .permissions(blocking(asked, goOn));
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.connect().get("/sse", header)) {
            asked.await();
            WeakReference<Object> kept = revokeNobody(server);
            Deadlines.await(
                    () -> {
                        System.gc();
                        return kept.refersTo(null);
                    },
                    "the collection of the revocation");
            goOn.countDown();
            assertThat(client.awaitEnd().body()).contains("data: hello");
        }
    }

    private static WeakReference<Object> revokeNobody(TestServer server) {
        var tested = new AtomicInteger();
        server.feature().revoke(identity -> tested.incrementAndGet() < 0);
        return new WeakReference<>(tested);
    }

    @Test
    void expiredIdentityIsNotAuthenticated() {
        SseRoute route = Flosse.stream(forever)
                .authenticators(request -> Optional.of(Identity.of("ann").withExpiry(Instant.now())))
                .permissions(new IsAuthenticated());
        try (TestServer server =
                        TestServer.on(SocketType.PLAIN).get("/sse", route).start();
                RawConnection client = server.get("/sse")) {
            assertThat(client.status()).isEqualTo(403);
        }
    }

    @Test
    void streamEndsWhenItsIdentityExpires() {
        var expiry = Instant.now().plusMillis(700);
        SseRoute route = Flosse.stream(forever)
                .authenticators(request -> Optional.of(Identity.of("ann").withExpiry(expiry)));

        assertThat(causeOf(route)).isEqualTo(EndCause.EXPIRED);
        assertThat(Instant.now()).isAfterOrEqualTo(expiry);
    }

    /** As Helidon's JWT and OIDC providers do: the claims are attributes of the principal, {@code exp} is in seconds. */
    @Test
    void streamEndsWhenHelidonSecurityTokenExpires() {
        long exp = Instant.now().plusMillis(1500).getEpochSecond() + 1;
        Security security = Security.builder()
                .addAuthenticationProvider(request -> AuthenticationResponse.success(Subject.builder()
                        .principal(Principal.builder()
                                .name("ann")
                                .addAttribute("exp", exp)
                                .addAttribute("tenant", "acme")
                                .build())
                        .build()))
                .build();
        SseRoute route = Flosse.stream((request, sink) -> {
            sink.yield(described(request));
            new CountDownLatch(1).await();
        });
        try (TestServer server = TestServer.on(SocketType.PLAIN)
                        .settings(builder -> builder.addFeature(
                                SecurityFeature.builder().security(security).build()))
                        .routing(routing -> routing.get("/sse", SecurityFeature.authenticate(), route))
                        .start();
                RawConnection client = server.get("/sse").awaitText("data: ann of acme until " + exp + "\n")) {
            assertThat(server.awaitCause()).isEqualTo(EndCause.EXPIRED);
            assertThat(client.awaitEnd().isComplete()).isTrue();
            assertThat(Instant.now().getEpochSecond()).isGreaterThanOrEqualTo(exp);
        }
    }

    private static String described(SseRequest request) {
        Identity identity = request.identity().orElseThrow();
        return identity.name() + " of " + identity.attribute("tenant").orElse("?") + " until "
                + identity.expiry().orElse(Instant.EPOCH).getEpochSecond();
    }
}
